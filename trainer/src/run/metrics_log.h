// What a run measures, written twice: metrics.jsonl (one JSON object per line) and a TensorBoard event file.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>

#include "run/tensorboard.h"

namespace voiceprint::trainer {

class MetricsLog {
 public:
  // Goes on in `folder` after `first_step`: lines of metrics.jsonl about later steps (of a run that was killed after
  // its last checkpoint) and half a line at the end are removed.
  MetricsLog(const std::string& folder, std::int64_t first_step);

  // Both throw TrainerError when the disk is full, say; then the last line may be half there.
  // {"step", <name>: <value>, ...}; tags "train/<name>".
  void add_training(std::int64_t step, const Scalars& values);
  // {"step", "eer": {<condition>: <value>, ...}}; tags "eer/<condition>".
  void add_evaluation(std::int64_t step, const Scalars& eers);

 private:
  void write_line(const std::string& line);

  std::string path_;
  std::ofstream lines_;
  EventFile events_;
};

}  // namespace voiceprint::trainer

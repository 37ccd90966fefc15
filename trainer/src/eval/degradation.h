// Recordings made worse in known ways, for tables of what a network stands: noise, rooms, telephone, codecs, brevity.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/augment.h"
#include "eval/embed_utterances.h"

namespace voiceprint::trainer {

struct Degradation {
  std::string name;  // "noise, 10 dB SNR"
  EmbedPolicy policy;
};

class Degrader {
 public:
  // Packs of noise and of impulse responses, as `trainer prepare` makes them; empty: what needs them is left out.
  Degrader(const std::string& noise_pack, const std::string& rir_pack);
  ~Degrader();

  // Net speech of 1, 2, 3 and 5 s; recorded noise at 20, 10, 5 and 0 dB; a measured room; a telephone band with A-law;
  // Opus at 16 kbit/s; MP3 at 64 kbit/s. Which noise and room a recording gets depends on its name alone; `names`: of
  // the files that will be embedded, in their order. Valid as long as this and `names`.
  std::vector<Degradation> all(const std::vector<std::string>& names) const;

 private:
  std::unique_ptr<Pack> noise_;
  std::unique_ptr<Augmenter> augmenter_;
};

}  // namespace voiceprint::trainer

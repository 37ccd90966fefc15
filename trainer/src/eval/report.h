// One folder that says how good a system is: report.html, complete in one file, the pictures as PNG, and metrics.json.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "eval/condition_metrics.h"
#include "eval/gnuplot.h"

namespace voiceprint::trainer {

struct ReportedSystem {
  std::string name;
  std::vector<ConditionMetrics> metrics;
  std::vector<Breakdown> breakdowns;
};

struct Report {
  std::string title;
  std::vector<std::pair<std::string, std::string>> setup;  // what was done: label and text
  std::vector<ReportedSystem> systems;                     // at least one
  std::vector<Picture> pictures;
};

// The page: tables, and every picture as inline SVG. No scripts, nothing from elsewhere; light, dark and print.
std::string report_html(const Report& report);

// All the files, each atomically; REQUIRES: require_gnuplot(). TrainerError names what cannot be written.
void write_report(const Report& report, const std::string& folder);

}  // namespace voiceprint::trainer

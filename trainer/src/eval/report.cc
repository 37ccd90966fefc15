#include "eval/report.h"

#include <filesystem>

#include "error.h"
#include "run/write_file.h"

namespace voiceprint::trainer {

void write_report(const Report& report, const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw TrainerError(folder + ": cannot be created: " + error.message());
  for (const Picture& picture : report.pictures) draw_png(picture, folder + "/" + picture.file + ".png");
  nlohmann::json json = {
      {"title", report.title}, {"setup", nlohmann::json::object()}, {"systems", nlohmann::json::array()}};
  for (const auto& [label, text] : report.setup) json["setup"][label] = text;
  for (const ReportedSystem& system : report.systems) {
    nlohmann::json entry = {
        {"name", system.name}, {"conditions", nlohmann::json::array()}, {"breakdowns", nlohmann::json::array()}};
    for (const ConditionMetrics& metrics : system.metrics) entry["conditions"].push_back(to_json(metrics));
    for (const Breakdown& breakdown : system.breakdowns) entry["breakdowns"].push_back(to_json(breakdown));
    json["systems"].push_back(std::move(entry));
  }
  write_file_atomically(folder + "/metrics.json", json.dump(2) + "\n");
  write_file_atomically(folder + "/report.html", report_html(report));
}

}  // namespace voiceprint::trainer

#include "data/audio_list.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "error.h"
#include "run/write_file.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& list, std::size_t line, const std::string& what) {
  throw TrainerError(list + ":" + std::to_string(line) + ": " + what);
}

// The names in lists may come from Windows.
std::vector<ListedRecording> read_lines(const std::string& list, const std::string& root,
                                        ListedRecording (*parse)(const std::string& list, std::size_t number,
                                                                 const std::string& line)) {
  std::vector<ListedRecording> recordings;
  for_each_line(list, [&](std::size_t number, const std::string& line) {
    ListedRecording recording = parse(list, number, line);
    if (recording.name.empty() || recording.speaker.empty())
      fail(list, number, "the path or the speaker is empty; give both, or remove the line");
    std::replace(recording.name.begin(), recording.name.end(), '\\', '/');
    recording.path = (fs::path(root) / recording.name).string();
    recordings.push_back(std::move(recording));
  });
  return recordings;
}

ListedRecording parse_json_line(const std::string& list, std::size_t number, const std::string& line) {
  const auto entry = nlohmann::json::parse(line, nullptr, false);
  if (!entry.is_object()) fail(list, number, "not a JSON object; expected {\"path\": ..., \"speaker\": ...}");
  for (const char* key : {"path", "speaker"}) {
    if (!entry.contains(key) || !entry[key].is_string())
      fail(list, number, std::string("the field \"") + key + "\" is missing or no string");
  }
  const auto optional = [&](const char* key) {
    return entry.contains(key) && entry[key].is_string() ? entry[key].get<std::string>() : std::string();
  };
  ListedRecording recording{"", entry["path"], entry["speaker"], optional("corpus")};
  if (const std::string language = optional("language"); !language.empty()) recording.group += "/" + language;
  return recording;
}

ListedRecording parse_text_line(const std::string& list, std::size_t number, const std::string& line) {
  const std::size_t tab = line.find('\t');
  std::string first, second;
  if (tab != std::string::npos) {
    first = line.substr(0, tab), second = line.substr(tab + 1);
    return {"", first, second, ""};
  }
  const std::size_t space = line.find(' ');
  if (space == std::string::npos) fail(list, number, "expected '<path><TAB><label>' or '<label> <path>'");
  first = line.substr(0, space), second = line.substr(space + 1);
  if (is_audio(first) && !is_audio(second)) std::swap(first, second);
  return {"", second, first, ""};
}

}  // namespace

bool is_audio(const std::string& path) {
  std::string suffix = fs::path(path).extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(), [](unsigned char c) { return std::tolower(c); });
  static constexpr std::array kSuffixes = {".wav", ".flac", ".opus", ".ogg", ".mp3", ".aiff",
                                           ".aif", ".w64",  ".rf64", ".m4a", ".aac"};
  return std::find(kSuffixes.begin(), kSuffixes.end(), suffix) != kSuffixes.end();
}

void for_each_line(const std::string& list, const std::function<void(std::size_t, const std::string&)>& parse) {
  std::istringstream lines(read_file(list));
  std::string line;
  bool any = false;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    if (number == 1 && line.rfind("\xef\xbb\xbf", 0) == 0) line.erase(0, 3);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty()) continue;
    parse(number, line);
    any = true;
  }
  if (!any) throw TrainerError(list + ": the list is empty");
}

std::vector<ListedRecording> read_json_lines(const std::string& list, const std::string& root) {
  return read_lines(list, root, parse_json_line);
}

std::vector<ListedRecording> read_text_list(const std::string& list, const std::string& root) {
  return read_lines(list, root, parse_text_line);
}

}  // namespace voiceprint::trainer

#include "data/layouts.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "error.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;
using Parts = std::vector<std::string>;  // of a path: the root's own name first, the file's last

struct Match {
  std::string speaker, group;
  bool test = false;
};

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The number of "idNNNNN".
std::optional<int> celebrity(std::string_view text) {
  if (text.size() != 7 || text.substr(0, 2) != "id" || !all_digits(text.substr(2))) return std::nullopt;
  return std::stoi(std::string(text.substr(2)));
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

std::string without_suffix(const std::string& file) {
  return file.substr(0, file.rfind('.'));
}

std::optional<Match> match_cn_celeb(const Parts& parts) {
  const std::size_t n = parts.size();
  if (n < 3) return std::nullopt;
  const auto genre = [](const std::string& file, std::size_t first) {
    const auto words = split(without_suffix(file), '-');
    return words.size() > first ? "cn-celeb/" + words[first] : std::string("cn-celeb");
  };
  if (n >= 4 && parts[n - 3] == "data") {
    const auto number = celebrity(parts[n - 2]);
    if (!number) return std::nullopt;
    return Match{parts[n - 4] + "/" + parts[n - 2], genre(parts[n - 1], 0), *number >= 800 && *number <= 999};
  }
  // eval/enroll/id00800-enroll.flac, eval/test/id00800-singing-01-001.flac
  const auto number = celebrity(parts[n - 1].substr(0, 7));
  if (n >= 4 && parts[n - 3] == "eval" && number)
    return Match{parts[n - 4] + "/" + parts[n - 1].substr(0, 7), genre(parts[n - 1], 1), true};
  return std::nullopt;
}

std::optional<Match> match_voxceleb(const Parts& parts) {
  const std::size_t n = parts.size();
  const auto number = n >= 3 ? celebrity(parts[n - 3]) : std::nullopt;
  if (!number) return std::nullopt;
  const bool test_folder = std::any_of(parts.begin(), parts.end() - 3, [](const std::string& part) {
    return part == "test" || part.rfind("vox1_test", 0) == 0 || part.rfind("vox2_test", 0) == 0;
  });
  return Match{parts[n - 3], "voxceleb", test_folder || (*number >= 10270 && *number <= 10309)};
}

std::optional<Match> match_librispeech(const Parts& parts) {
  const std::size_t n = parts.size();
  if (n < 4 || !all_digits(parts[n - 3]) || !all_digits(parts[n - 2])) return std::nullopt;
  if (parts[n - 1].rfind(parts[n - 3] + "-" + parts[n - 2] + "-", 0) != 0) return std::nullopt;
  return Match{parts[n - 3], "librispeech", parts[n - 4].rfind("test-", 0) == 0};
}

std::optional<Match> match_speaker_folder(const Parts& parts) {
  return Match{parts.size() > 2 ? parts[1] : parts[0], "", false};
}

struct FolderLayout {
  const char* name;
  std::optional<Match> (*match)(const Parts& parts);
};
constexpr std::array kCorpora = {FolderLayout{"cn-celeb", match_cn_celeb}, FolderLayout{"voxceleb", match_voxceleb},
                                 FolderLayout{"librispeech", match_librispeech}};
constexpr FolderLayout kSpeakerFolders = {"speaker-folders", match_speaker_folder};

// The folder's own name, also of "corpus/" and ".".
fs::path absolute_folder(const std::string& folder) {
  fs::path path = fs::absolute(folder).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path;
}

std::vector<std::string> find_audio(const fs::path& root) {
  std::vector<std::string> names;
  std::error_code error;
  fs::recursive_directory_iterator entry(root, fs::directory_options::follow_directory_symlink, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    const std::string file = entry->path().filename().string();
    std::error_code broken;  // a link that leads nowhere is listed, and reported later
    if (file.front() == '.' || !is_audio(file) || (!entry->is_regular_file(broken) && !broken)) continue;
    names.push_back(entry->path().lexically_relative(root).generic_string());
  }
  if (error) throw TrainerError(root.string() + ": cannot be searched: " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

Listing list_folder(const ListingOptions& options) {
  const fs::path root = absolute_folder(options.list);
  const std::vector<std::string> names = find_audio(root);
  if (names.empty()) throw TrainerError(options.list + ": holds no audio file (wav, flac, opus, ogg, mp3, aiff)");
  // Two levels above the root may belong to the pattern: <release>/data, or <split> itself.
  const Parts above = {root.parent_path().filename().string(), root.filename().string()};
  const auto match = [&](const FolderLayout& layout, const std::string& name) {
    Parts parts = split(name, '/');
    if (layout.match == match_speaker_folder) {
      parts.insert(parts.begin(), above[1]);
    } else {
      parts.insert(parts.begin(), above.begin(), above.end());
    }
    return layout.match(parts);
  };

  FolderLayout layout = kSpeakerFolders;
  if (options.layout.empty()) {
    for (const FolderLayout& corpus : kCorpora) {
      const auto fits = [&](const std::string& name) { return match(corpus, name).has_value(); };
      const auto fitting = std::find_if(names.begin(), names.end(), fits);
      if (fitting == names.end()) continue;
      const auto other = std::find_if_not(names.begin(), names.end(), fits);
      if (other != names.end())
        throw TrainerError(options.list + ": is ambiguous: " + *fitting + " looks like " + corpus.name + ", " + *other +
                           " does not; give the folder of one corpus, or say --layout " + corpus.name +
                           " or --layout speaker-folders");
      layout = corpus;
    }
  } else {
    for (const FolderLayout& corpus : kCorpora) {
      if (options.layout == corpus.name) layout = corpus;
    }
  }

  Listing listing{layout.name, {}, 0, 0};
  for (const std::string& name : names) {
    auto found = match(layout, name);
    if (!found)
      ++listing.num_other;
    else if (found->test && !options.include_test)
      ++listing.num_test;
    else
      listing.recordings.push_back({(root / name).string(), name, std::move(found->speaker), std::move(found->group)});
  }
  if (listing.recordings.empty() && listing.num_test > 0)
    throw TrainerError(options.list + ": holds only test speakers of " + layout.name +
                       "; --include-test takes them all the same");
  if (listing.recordings.empty())
    throw TrainerError(options.list + ": no file fits the layout " + layout.name + ", for example " + names.front());
  return listing;
}

// The line that names the columns, when the file is one of Common Voice's.
std::optional<Parts> common_voice_columns(const fs::path& file) {
  std::optional<Parts> columns;
  std::ifstream lines(file);
  std::string line;
  if (!std::getline(lines, line)) return columns;
  if (line.rfind("\xef\xbb\xbf", 0) == 0) line.erase(0, 3);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  Parts names = split(line, '\t');
  const auto has = [&](const char* name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (has("client_id") && has("path")) columns = std::move(names);
  return columns;
}

void add_common_voice(const fs::path& file, const fs::path& root, Listing& listing) {
  const Parts columns = common_voice_columns(file).value();
  const auto column = [&](const char* name) {
    return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin());
  };
  const std::size_t speaker = column("client_id"), path = column("path"), locale = column("locale");
  const fs::path folder = fs::absolute(file).lexically_normal().parent_path();
  for_each_line(file.string(), [&](std::size_t number, const std::string& line) {
    if (number == 1) return;
    const Parts cells = split(line, '\t');
    if (cells.size() <= std::max(speaker, path) || cells[speaker].empty() || cells[path].empty())
      throw TrainerError(file.string() + ":" + std::to_string(number) +
                         ": the client_id or the path is missing; give both, or remove the line");
    // Releases before 2019 leave the suffix out.
    const std::string clip = fs::path(cells[path]).has_extension() ? cells[path] : cells[path] + ".mp3";
    const std::string language =
        locale < cells.size() && !cells[locale].empty() ? cells[locale] : folder.filename().string();
    const fs::path full = folder / "clips" / clip;
    listing.recordings.push_back({full.string(), fs::path(full).lexically_relative(root).generic_string(),
                                  cells[speaker], "common-voice/" + language});
  });
}

// The lists that stand for a folder: its own, or one per language below it.
std::vector<fs::path> common_voice_lists(const fs::path& folder) {
  const auto list_of = [](const fs::path& language) -> std::optional<fs::path> {
    if (!fs::is_directory(language / "clips")) return std::nullopt;
    std::vector<fs::path> lists;
    for (const auto& entry : fs::directory_iterator(language)) {
      if (entry.path().extension() == ".tsv" && common_voice_columns(entry.path())) lists.push_back(entry.path());
    }
    if (lists.empty()) return std::nullopt;
    const auto validated = std::find(lists.begin(), lists.end(), language / "validated.tsv");
    if (validated != lists.end()) return *validated;
    std::sort(lists.begin(), lists.end());
    if (lists.size() > 1)
      throw TrainerError(language.string() + ": is ambiguous: holds " + lists[0].filename().string() + " and " +
                         lists[1].filename().string() + ", but no validated.tsv; give one of the lists");
    return lists[0];
  };
  if (const auto own = list_of(folder)) return {*own};
  std::vector<fs::path> lists;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.is_directory()) continue;
    if (const auto list = list_of(entry.path())) lists.push_back(*list);
  }
  std::sort(lists.begin(), lists.end());
  return lists;
}

Listing list_common_voice(const std::vector<fs::path>& lists, const fs::path& root) {
  Listing listing{"common-voice", {}, 0, 0};
  for (const fs::path& list : lists) add_common_voice(list, root, listing);
  if (listing.recordings.empty()) throw TrainerError(lists[0].string() + ": lists no recording");
  return listing;
}

std::optional<fs::path> zhvoice_list(const fs::path& folder) {
  for (const char* place : {"text/infodata.json", "infodata.json"}) {
    if (fs::exists(folder / place)) return folder / place;
  }
  return std::nullopt;
}

Listing list_zhvoice(const fs::path& list, const std::string& given_root) {
  const fs::path folder = list.parent_path();
  const fs::path root = !given_root.empty()           ? fs::path(given_root)
                        : folder.filename() == "text" ? folder.parent_path()
                                                      : folder;
  Listing listing{"zhvoice", {}, 0, 0};
  for_each_line(list.string(), [&](std::size_t number, const std::string& line) {
    const auto entry = nlohmann::json::parse(line, nullptr, false);
    const auto text = [&](const char* key) {
      if (entry.is_object() && entry.contains(key) && entry[key].is_string()) return entry[key].get<std::string>();
      throw TrainerError(list.string() + ":" + std::to_string(number) + ": the field \"" + key +
                         "\" is missing or no string");
    };
    const std::string name = text("index");
    listing.recordings.push_back(
        {(root / name).string(), name, text("speaker"), "zhvoice/" + name.substr(0, name.find('/'))});
  });
  return listing;
}

Listing list_directory(const ListingOptions& options) {
  if (!options.root.empty()) throw TrainerError(options.list + ": is a folder, so --root has no meaning; leave it out");
  if (options.layout == "jsonl" || options.layout == "text-list")
    throw TrainerError(options.list + ": is a folder; --layout " + options.layout + " needs the list itself");
  const fs::path folder = absolute_folder(options.list);
  const bool detect = options.layout.empty();
  const auto zhvoice = detect || options.layout == "zhvoice" ? zhvoice_list(folder) : std::nullopt;
  const auto common_voice =
      detect || options.layout == "common-voice" ? common_voice_lists(folder) : std::vector<fs::path>();
  if (zhvoice && !common_voice.empty())
    throw TrainerError(options.list + ": is ambiguous: holds " + zhvoice->string() + " and " +
                       common_voice[0].string() + "; give one of them");
  if (zhvoice) return list_zhvoice(*zhvoice, "");
  if (!common_voice.empty()) return list_common_voice(common_voice, folder);
  if (options.layout == "zhvoice") throw TrainerError(options.list + ": holds no text/infodata.json");
  if (options.layout == "common-voice")
    throw TrainerError(options.list +
                       ": holds no .tsv with the columns client_id and path beside a folder clips/, nor does a folder "
                       "in it");
  return list_folder(options);
}

Listing list_file(const ListingOptions& options) {
  const fs::path list = options.list;
  std::string layout = options.layout;
  if (layout.empty())
    layout = list.extension() == ".jsonl"         ? "jsonl"
             : list.filename() == "infodata.json" ? "zhvoice"
             : common_voice_columns(list)         ? "common-voice"
                                                  : "text-list";
  if (layout == "zhvoice") return list_zhvoice(list, options.root);
  if (layout == "common-voice") {
    if (!options.root.empty())
      throw TrainerError(options.list + ": the clips lie in clips/ beside it, so --root has no meaning; leave it out");
    if (!common_voice_columns(list))
      throw TrainerError(options.list + ": its first line does not name the columns client_id and path");
    return list_common_voice({list}, fs::absolute(list).lexically_normal().parent_path());
  }
  const std::string root = options.root.empty() ? list.parent_path().string() : options.root;
  if (layout == "jsonl") return {layout, read_json_lines(options.list, root), 0, 0};
  if (layout == "text-list") return {layout, read_text_list(options.list, root), 0, 0};
  throw TrainerError(options.list + ": is a file; --layout " + layout + " needs the corpus's folder");
}

}  // namespace

const std::vector<std::string>& layout_names() {
  static const std::vector<std::string> names = {"cn-celeb",     "voxceleb",        "zhvoice", "librispeech",
                                                 "common-voice", "speaker-folders", "jsonl",   "text-list"};
  return names;
}

Listing list_recordings(const ListingOptions& options) try {
  const auto& names = layout_names();
  if (!options.layout.empty() && std::find(names.begin(), names.end(), options.layout) == names.end())
    throw TrainerError("unknown layout '" + options.layout + "'; did you mean '" + nearest_name(options.layout, names) +
                       "'?");
  if (!fs::exists(options.list)) throw TrainerError(options.list + ": no such list or folder; check the path");
  return fs::is_directory(options.list) ? list_directory(options) : list_file(options);
} catch (const fs::filesystem_error& error) {
  throw TrainerError(error.path1().string() + ": cannot be read: " + error.code().message());
}

}  // namespace voiceprint::trainer

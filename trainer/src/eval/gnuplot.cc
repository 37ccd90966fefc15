#include "eval/gnuplot.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "error.h"
#include "run/write_file.h"

extern char** environ;

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

constexpr const char* kInstall = "install it (Debian: apt install gnuplot-nox), or leave out --out";

// Runs `gnuplot FILE`, its messages on `messages`; the exit status, or -1 where it cannot be run.
int run_gnuplot(const std::string& script, const std::string& messages) {
  std::vector<std::string> words = {"gnuplot", script};
  std::vector<char*> argv = {words[0].data(), words[1].data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&actions, descriptor, messages.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, "gnuplot", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return -1;
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

// A folder that is gone when this is.
struct ScratchFolder {
  ScratchFolder() {
    path = (fs::temp_directory_path() / "voiceprint-plot-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) throw TrainerError(path + ": cannot be created: " + std::strerror(errno));
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  std::string path;
};

// Sets what all panels share. `reset` first: a panel starts afresh.
std::string style() {
  const std::string ink = std::string(" rgb '") + kInk + "'", grid = std::string(" rgb '") + kGrid + "'";
  return "reset\nset encoding utf8\nset border 3 lc" + ink + "\nset tics nomirror tc" + ink + "\nset title tc" + ink +
         "\nset xlabel tc" + ink + "\nset ylabel tc" + ink + "\nset key tc" + ink +
         " samplen 2 spacing 1.1\nset grid lt 1 lc" + grid +
         " lw 0.6\nset style fill transparent solid 0.35 noborder\n";
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// For `set output`: in single quotes nothing but the quote itself means anything.
std::string file_name(const std::string& path) {
  std::string quoted = path;
  replace_all(quoted, "'", "''");
  return "'" + quoted + "'";
}

// Draws `panels` into a file with the terminal.
void draw(const std::string& terminal, const std::vector<const Panel*>& panels, const std::string& out) {
  const ScratchFolder scratch;
  const std::string script = scratch.path + "/script.gp", messages = scratch.path + "/messages.txt";
  const std::size_t columns = panels.size() == 1 ? 1 : 2, rows = (panels.size() + columns - 1) / columns;
  std::string text = "set terminal " + terminal + "\nset output " + file_name(out) + "\n";
  if (panels.size() > 1) text += "set multiplot layout " + std::to_string(rows) + "," + std::to_string(columns) + "\n";
  for (const Panel* panel : panels) text += style() + panel->script;
  if (panels.size() > 1) text += "unset multiplot\n";
  write_file_atomically(script, text);
  const int status = run_gnuplot(script, messages);
  if (status < 0) throw TrainerError(std::string("gnuplot is not installed; ") + kInstall);
  if (status != 0) throw TrainerError("gnuplot failed: " + read_file(messages));
}

// Both ways in which gnuplot's SVG writes "#0072b2": padded in lines, unpadded in text.
void replace_colour(std::string& svg, const char* hex, const std::string& replacement) {
  const long value = std::strtol(hex + 1, nullptr, 16);
  for (const char* form : {"rgb(%3ld, %3ld, %3ld)", "rgb(%ld,%ld,%ld)"}) {
    char text[32];
    std::snprintf(text, sizeof text, form, value >> 16, value >> 8 & 255, value & 255);
    replace_all(svg, text, replacement);
  }
}

// Inline in HTML: no prologue; colours by the page's variables, so that dark mode and print change them.
std::string for_html(std::string svg, int index) {
  svg.erase(0, svg.find("<svg"));
  for (std::size_t i = 0; i < kPaletteSize; ++i)
    replace_colour(svg, kPalette[i], "var(--series-" + std::to_string(i + 1) + ")");
  replace_colour(svg, kInk, "var(--ink)");
  replace_colour(svg, kGrid, "var(--grid)");
  replace_all(svg, "'black'", "'var(--ink)'");
  replace_all(svg, "\"black\"", "\"var(--ink)\"");
  replace_all(svg, "gnuplot_plot_", "plot_" + std::to_string(index) + "_");
  return svg;
}

}  // namespace

std::string gnuplot_text(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '_' || c == '^' || c == '@' || c == '&' || c == '{' || c == '}' || c == '~') quoted += "\\\\";
    quoted += c == '\n' ? ' ' : c;
  }
  return quoted + "\"";
}

void require_gnuplot() {
  const ScratchFolder scratch;
  write_file_atomically(scratch.path + "/empty.gp", "");
  if (run_gnuplot(scratch.path + "/empty.gp", scratch.path + "/messages.txt") != 0)
    throw TrainerError(std::string("pictures need gnuplot, which does not run; ") + kInstall);
}

void draw_png(const Picture& picture, const std::string& path) {
  std::vector<const Panel*> panels;
  for (const Panel& panel : picture.panels) panels.push_back(&panel);
  const std::size_t columns = panels.size() == 1 ? 1 : 2, rows = (panels.size() + columns - 1) / columns;
  const std::string size =
      std::to_string(columns * 1000) + "," + std::to_string(rows * (panels.front()->tall ? 1040 : 840));
  const std::string temporary = path + ".writing";
  draw("pngcairo size " + size + " font 'DejaVu Sans,20' linewidth 2.2 pointscale 1.9 background rgb 'white'", panels,
       temporary);
  fs::rename(temporary, path);
}

std::vector<std::string> draw_svgs(const Picture& picture) {
  std::vector<std::string> svgs;
  const ScratchFolder scratch;
  for (const Panel& panel : picture.panels) {
    const std::string path = scratch.path + "/panel.svg";
    const std::string size = panel.tall ? "520,570" : "520,430";
    draw("svg size " + size + " dynamic font 'sans-serif,15' linewidth 1.6", {&panel}, path);
    svgs.push_back(for_html(read_file(path), static_cast<int>(svgs.size())));
  }
  return svgs;
}

}  // namespace voiceprint::trainer

// Pictures through the program gnuplot: one description, drawn as PNG for papers and as SVG for a page of HTML.
#pragma once

#include <string>
#include <vector>

namespace voiceprint::trainer {

// gnuplot commands that draw one diagram; data in here-documents. Colours: those of kPalette, kInk and kGrid only.
struct Panel {
  std::string script;
  bool tall = false;  // a legend lies below the diagram
};

struct Picture {
  std::string file;  // without suffix: "det"
  std::string title;
  std::string caption;  // what it shows and how to read it, one or two sentences
  std::vector<Panel> panels;
};

// Distinct for readers with colour-blindness (M. Okabe and K. Ito, 2008).
inline constexpr const char* kPalette[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                           "#e69f00", "#56b4e9", "#8b6914", "#7f7f7f"};
inline constexpr std::size_t kPaletteSize = 8;
inline constexpr const char* kInk = "#1a1a1a";  // axes and text
inline constexpr const char* kGrid = "#d4d4d4";
// A legend under the axis' name, where it hides no curve.
inline constexpr const char* kKeyBelow = "set key outside center bottom vertical maxrows 8 height 0.6\n";

// Text for gnuplot, in double quotes; marks that gnuplot would interpret are escaped.
std::string gnuplot_text(const std::string& text);

// TrainerError that says how to install it, unless gnuplot runs.
void require_gnuplot();

// All panels on one sheet, on white.
void draw_png(const Picture& picture, const std::string& path);
// One SVG per panel, without background. Colours are CSS variables --series-1 ... --series-8, --ink and --grid.
std::vector<std::string> draw_svgs(const Picture& picture);

}  // namespace voiceprint::trainer

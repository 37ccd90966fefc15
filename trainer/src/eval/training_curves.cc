#include "eval/training_curves.h"

#include <map>
#include <nlohmann/json.hpp>

#include "data/audio_list.h"
#include "error.h"

namespace voiceprint::trainer {
namespace {

using Curve = std::map<double, double>;       // step to value
using Curves = std::map<std::string, Curve>;  // by name

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

Panel draw(const std::string& title, const Curves& curves, const std::string& settings, double factor) {
  std::string script = "set title " + gnuplot_text(title) + "\nset xlabel 'step'\n" + settings, plot;
  std::size_t i = 0;
  for (const auto& [name, curve] : curves) {
    const std::string block = "$curve" + std::to_string(i);
    script += block + " << EOD\n";
    for (const auto& [step, value] : curve) script += number(step) + " " + number(factor * value) + "\n";
    script += "EOD\n";
    plot += (plot.empty() ? "plot " : ", ") + block + " with " +
            (curve.size() > 40 ? "lines" : "linespoints pt 7 ps 0.7") + " lw 1.6 lc rgb '" +
            kPalette[i % kPaletteSize] + "' " + (curves.size() == 1 ? "notitle" : "title " + gnuplot_text(name));
    ++i;
  }
  return {script + plot + "\n"};
}

}  // namespace

Picture training_picture(const std::string& metrics) {
  Curves training, eers;
  for_each_line(metrics, [&](std::size_t number_of_line, const std::string& line) {
    const auto entry = nlohmann::json::parse(line, nullptr, false);
    if (!entry.is_object() || !entry.contains("step") || !entry["step"].is_number())
      throw TrainerError(metrics + ":" + std::to_string(number_of_line) + ": not a JSON object with a \"step\"");
    const double step = entry["step"];
    for (const auto& [name, value] : entry.items()) {
      if (name != "step" && value.is_number()) training[name][step] = value;
    }
    if (!entry.contains("eer") || !entry["eer"].is_object()) return;
    for (const auto& [name, value] : entry["eer"].items()) {
      if (value.is_number()) eers[name][step] = value;
    }
  });
  Picture picture{"training_curves", "Training", "How the run went, step by step.", {}};
  const auto add = [&](const char* name, const char* title, const char* settings, double factor) {
    if (training.count(name) > 0) picture.panels.push_back(draw(title, {{name, training[name]}}, settings, factor));
  };
  add("loss", "loss", "set yrange [0:*]\n", 1);
  add("accuracy", "training accuracy, %", "set yrange [0:100]\n", 100);
  if (!eers.empty()) picture.panels.push_back(draw("EER, %", eers, std::string("set yrange [0:*]\n") + kKeyBelow, 100));
  add("lr", "learning rate", "set logscale y\nset format y '10^{%T}'\n", 1);
  if (picture.panels.empty()) throw TrainerError(metrics + ": holds no step of a training run");
  return picture;
}

}  // namespace voiceprint::trainer

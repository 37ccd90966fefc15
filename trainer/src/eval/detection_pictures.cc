#include "eval/detection_pictures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>

#include "error.h"
#include "voiceprint/calibration.h"
#include "voiceprint/detection_metrics.h"

namespace voiceprint::trainer {
namespace {

using Points = std::vector<std::array<double, 2>>;

constexpr std::size_t kCurvePoints = 400;
constexpr double kLowestRate = 0.001, kHighestRate = 0.6;  // of DET axes
// Fewest errors of either kind that a rate is believed from: 90 % sure to be within 30 % of the truth, were trials
// independent (G. Doddington et al., "The NIST speaker recognition evaluation", 2000).
constexpr double kLeastErrors = 30;

struct NamedCurve {
  std::string name;
  DetectionCurve curve;
  double num_targets, num_nontargets;
};

struct CurvePanel {
  std::string title;
  std::vector<NamedCurve> curves;
};

struct Sides {
  std::vector<float> targets, nontargets;
};

Sides sides_of(const ScoredCondition& condition, bool llrs) {
  Sides sides;
  for (std::size_t i = 0; i < condition.trials.size(); ++i)
    (condition.trials[i].is_target ? sides.targets : sides.nontargets)
        .push_back(llrs ? condition.llrs[i] : condition.trials[i].score);
  return sides;
}

DetectionCurve curve_of(const Sides& sides) {
  return take(DetectionCurve::create(sides.targets, sides.nontargets));
}

NamedCurve named_curve(const std::string& name, const ScoredCondition& condition) {
  const Sides sides = sides_of(condition, false);
  return {name, curve_of(sides), static_cast<double>(sides.targets.size()),
          static_cast<double>(sides.nontargets.size())};
}

std::vector<CurvePanel> curve_panels(const std::vector<ScoredSystem>& systems) {
  std::vector<CurvePanel> panels;
  if (systems.size() == 1) {
    panels.push_back({systems.front().name, {}});
    for (const ScoredCondition& condition : systems.front().conditions)
      panels.front().curves.push_back(named_curve(condition.name, condition));
    return panels;
  }
  for (const ScoredSystem& system : systems) {
    for (const ScoredCondition& condition : system.conditions) {
      auto panel = std::find_if(panels.begin(), panels.end(), [&](const auto& p) { return p.title == condition.name; });
      if (panel == panels.end()) panel = panels.insert(panels.end(), {condition.name, {}});
      panel->curves.push_back(named_curve(system.name, condition));
    }
  }
  return panels;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * share);
  return text;
}

std::string data(const std::string& name, const Points& points) {
  std::string text = "$" + name + " << EOD\n";
  for (const auto& [x, y] : points) text += number(x) + " " + number(y) + "\n";
  return text + "EOD\n";
}

std::string colour(std::size_t index) {
  return std::string("lc rgb '") + kPalette[index % kPaletteSize] + "'";
}

// Beyond the palette, dashes tell curves apart.
std::string line(std::size_t index, const char* width = "2") {
  return colour(index) + " lw " + width + " dt " + std::to_string(1 + index / kPaletteSize);
}

std::string probit_tics() {
  std::string tics;
  for (const double rate : {0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6}) {
    char tic[64];
    std::snprintf(tic, sizeof tic, "%s'%g' %.6f", tics.empty() ? "" : ", ", 100 * rate, probit(rate));
    tics += tic;
  }
  return tics;
}

Panel det_panel(const CurvePanel& panel) {
  const std::string range = "[" + number(probit(kLowestRate)) + ":" + number(probit(kHighestRate)) + "]";
  std::string script = "set title " + gnuplot_text(panel.title) + "\nset size square\nset xrange " + range +
                       "\nset yrange " + range + "\nset xtics (" + probit_tics() + ")\nset ytics (" + probit_tics() +
                       ")\nset xlabel 'false alarms, %'\nset ylabel 'misses, %'\n" + kKeyBelow;
  std::string plot = "plot x notitle lc rgb '" + std::string(kGrid) + "' lw 1 dt 2";
  Points equal_errors;
  for (std::size_t i = 0; i < panel.curves.size(); ++i) {
    const auto& [name, curve, num_targets, num_nontargets] = panel.curves[i];
    Points points, believed;
    for (const OperatingPoint& point : curve.det_points(kCurvePoints)) {
      constexpr double kEdge = 1e-6;
      points.push_back(
          {probit(std::clamp(point.p_fa, kEdge, 1 - kEdge)), probit(std::clamp(point.p_miss, kEdge, 1 - kEdge))});
      if (point.p_fa * num_nontargets >= kLeastErrors && point.p_miss * num_targets >= kLeastErrors)
        believed.push_back(points.back());
    }
    const double eer = std::clamp(curve.eer().p_fa, 1e-6, 1 - 1e-6);
    const std::string index = std::to_string(i);
    script += data("curve" + index, points) + data("equal" + index, {{probit(eer), probit(eer)}});
    if (!believed.empty()) script += data("believed" + index, believed);
    plot += ", \\\n $curve" + index + " with lines " + line(i, "0.9") + " notitle";
    if (!believed.empty()) plot += ", $believed" + index + " with lines " + line(i) + " notitle";
    plot += ", $equal" + index + " with points pt 7 ps 0.8 " + colour(i) + " notitle, 1/0 with lines " + line(i) +
            " title " + gnuplot_text(name + ", EER " + percent(curve.eer().p_fa));
  }
  return {script + plot + "\n", true};
}

Panel roc_panel(const CurvePanel& panel) {
  std::string script = "set title " + gnuplot_text(panel.title) +
                       "\nset size square\nset xrange [0:100]\nset yrange [0:100]\nset xlabel 'false alarms, %'\n"
                       "set ylabel 'targets accepted, %'\nset key bottom right\n";
  std::string plot = "plot x notitle lc rgb '" + std::string(kGrid) + "' lw 1 dt 2";
  for (std::size_t i = 0; i < panel.curves.size(); ++i) {
    const auto& [name, curve, num_targets, num_nontargets] = panel.curves[i];
    Points points;
    for (const OperatingPoint& point : curve.det_points(kCurvePoints))
      points.push_back({100 * point.p_fa, 100 * (1 - point.p_miss)});
    script += data("curve" + std::to_string(i), points);
    plot += ", \\\n $curve" + std::to_string(i) + " with lines " + line(i) + " title " + gnuplot_text(name);
  }
  return {script + plot + "\n"};
}

Picture curve_picture(const std::vector<ScoredSystem>& systems, Panel (*draw)(const CurvePanel&), Picture picture) {
  for (const CurvePanel& panel : curve_panels(systems)) picture.panels.push_back(draw(panel));
  return picture;
}

Picture condition_picture(const ScoredSystem& system, const std::function<std::string(const ScoredCondition&)>& draw,
                          Picture picture) {
  for (const ScoredCondition& condition : system.conditions)
    picture.panels.push_back({"set title " + gnuplot_text(condition.name) + "\n" + draw(condition)});
  return picture;
}

// Share of the scores per bin, in percent: the outline of its steps.
Points density(const std::vector<float>& scores, double low, double high, std::size_t bins) {
  std::vector<double> counts(bins, 0.0);
  for (const float score : scores) {
    const double place = (static_cast<double>(score) - low) / (high - low) * static_cast<double>(bins);
    counts[static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(bins - 1)))] += 1;
  }
  Points points;
  const double width = (high - low) / static_cast<double>(bins);
  for (std::size_t i = 0; i < bins; ++i) {
    const double left = low + static_cast<double>(i) * width,
                 share = 100 * counts[i] / static_cast<double>(scores.size());
    points.push_back({left, share});
    points.push_back({left + width, share});
  }
  return points;
}

std::pair<double, double> score_range(const Sides& sides) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto* scores : {&sides.targets, &sides.nontargets}) {
    for (const float score : *scores) {
      low = std::min(low, static_cast<double>(score));
      high = std::max(high, static_cast<double>(score));
    }
  }
  if (low == high) low -= 0.5, high += 0.5;
  return {low, high};
}

std::string histogram(const ScoredCondition& condition) {
  const Sides sides = sides_of(condition, false);
  const auto [low, high] = score_range(sides);
  const OperatingPoint equal = curve_of(sides).eer();
  std::string script = data("nontargets", density(sides.nontargets, low, high, 60)) +
                       data("targets", density(sides.targets, low, high, 60));
  script += "set xrange [" + number(low) + ":" + number(high) +
            "]\nset yrange [0:*]\nset offsets 0, 0, graph 0.12, 0\nset xlabel 'score'\n" +
            "set ylabel '% of trials per bin'\n" + kKeyBelow + "set arrow from " + number(equal.threshold) +
            ", graph 0 to " + number(equal.threshold) + ", graph 1 nohead lc rgb '" + kInk + "' lw 1 dt 2\n" +
            "set label " + gnuplot_text(" EER " + percent(equal.p_fa)) + " at " + number(equal.threshold) +
            ", graph 0.96 tc rgb '" + kInk + "'\n";
  return script + "plot $nontargets with filledcurves y1=0 " + colour(1) +
         " title 'different speakers', $targets with filledcurves y1=0 " + colour(0) +
         " title 'same speaker', $nontargets with lines " + colour(1) + " lw 1.2 notitle, $targets with lines " +
         colour(0) + " lw 1.2 notitle\n";
}

std::string error_rates(const ScoredCondition& condition) {
  const Sides sides = sides_of(condition, false);
  const DetectionCurve curve = curve_of(sides);
  const OperatingPoint equal = curve.eer();
  const auto [low, high] = score_range(sides);
  Points misses, false_alarms;
  for (std::size_t i = 0; i <= kCurvePoints; ++i) {
    const double threshold = low + (high - low) * static_cast<double>(i) / kCurvePoints;
    const OperatingPoint point = curve.at_threshold(threshold);
    misses.push_back({threshold, 100 * point.p_miss});
    false_alarms.push_back({threshold, 100 * point.p_fa});
  }
  std::string script = data("misses", misses) + data("false_alarms", false_alarms) +
                       data("equal", {{equal.threshold, 100 * equal.p_fa}});
  char meeting[64];
  std::snprintf(meeting, sizeof meeting, "both %s at %.3f", percent(equal.p_fa).c_str(), equal.threshold);
  script += "set xrange [" + number(low) + ":" + number(high) +
            "]\nset yrange [0:100]\nset xlabel 'threshold (score)'\n" + "set ylabel 'error rate, %'\n" + kKeyBelow;
  return script + "plot $false_alarms with lines " + line(1) + " title 'false alarms (FPR)', $misses with lines " +
         line(0) + " title 'misses (FNR)', $equal with points pt 7 ps 0.8 lc rgb '" + kInk + "' title " +
         gnuplot_text(meeting) + "\n";
}

// Trials in bins of equal weight by stated posterior at prior 0.5: mean stated against observed share of targets.
Points reliability(const ScoredCondition& condition) {
  struct Trial {
    double stated, weight;
    bool target;
  };
  const Sides sides = sides_of(condition, true);
  std::vector<Trial> trials;
  for (const float llr : sides.targets)
    trials.push_back({posterior(llr, 0.5), 0.5 / static_cast<double>(sides.targets.size()), true});
  for (const float llr : sides.nontargets)
    trials.push_back({posterior(llr, 0.5), 0.5 / static_cast<double>(sides.nontargets.size()), false});
  std::sort(trials.begin(), trials.end(), [](const Trial& a, const Trial& b) { return a.stated < b.stated; });
  constexpr int kBins = 12;
  Points points;
  double weight = 0, stated = 0, observed = 0, whole = 0;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    weight += trials[i].weight, stated += trials[i].weight * trials[i].stated;
    observed += trials[i].target ? trials[i].weight : 0.0;
    whole += trials[i].weight;
    if (whole * kBins >= static_cast<double>(points.size() + 1) || i + 1 == trials.size()) {
      points.push_back({100 * stated / weight, 100 * observed / weight});
      weight = stated = observed = 0;
    }
  }
  return points;
}

std::string bayes_errors(const ScoredCondition& condition) {
  const DetectionCurve curve = curve_of(sides_of(condition, true));
  Points actual, least;
  for (double log_odds = -6; log_odds <= 3.001; log_odds += 0.1) {
    const CostModel cost{posterior(log_odds, 0.5), 1, 1};
    actual.push_back({log_odds, curve.act_dcf(cost, -log_odds)});
    least.push_back({log_odds, curve.min_dcf(cost)});
  }
  std::string script = data("actual", actual) + data("least", least);
  script += "set xrange [-6:3]\nset yrange [0:1.2]\nset xlabel 'prior log-odds'\nset ylabel 'normalised DCF'\n" +
            std::string(kKeyBelow);
  for (const double p : {0.01, 0.05, 0.5}) {
    const std::string x = number(std::log(p / (1 - p)));
    script += "set arrow from " + x + ", graph 0 to " + x + ", graph 1 nohead lc rgb '" + kInk +
              "' lw 0.8 dt 3\nset label '" + number(p) + "' at " + x + ", graph 1.03 center tc rgb '" + kInk + "'\n";
  }
  return script + "plot $actual with lines " + line(1) + " title 'actual', $least with lines " + line(0) +
         " title 'minimum', 1 with lines lc rgb '" + kInk + "' lw 0.8 dt 2 title 'blind'\n";
}

}  // namespace

Picture det_picture(const std::vector<ScoredSystem>& systems) {
  return curve_picture(
      systems, det_panel,
      {"det",
       "DET curves",
       "Misses against false alarms on normal-deviate axes; lower left is better. The dot is the equal "
       "error rate, which the legend gives. Thin: fewer than 30 errors of a kind, too few to rely on.",
       {}});
}

Picture roc_picture(const std::vector<ScoredSystem>& systems) {
  return curve_picture(systems, roc_panel,
                       {"roc", "ROC curves", "Targets accepted against false alarms; upper left is better.", {}});
}

Picture histogram_picture(const ScoredSystem& system) {
  return condition_picture(
      system, histogram,
      {"score_hist",
       "Scores",
       "Each kind of trial by score, each summing to 100 %. The dashed line is the threshold where "
       "both error rates are equal.",
       {}});
}

Picture error_rates_picture(const ScoredSystem& system) {
  return condition_picture(
      system, error_rates,
      {"fnr_fpr",
       "Error rates over the threshold",
       "Misses and false alarms at each threshold; the dot marks where they are equal, and the legend "
       "says at which threshold.",
       {}});
}

Picture reliability_picture(const ScoredSystem& system) {
  Picture picture{
      "calibration",
      "Reliability",
      "The share of targets among trials, against the probability that the calibrated LLR states at a prior of "
      "0.5, in bins of equal weight. On the diagonal, probabilities mean what they say.",
      {}};
  std::string script =
      "set size square\nset title " + gnuplot_text(system.name) +
      "\nset xrange [0:100]\nset yrange [0:100]\nset xlabel 'stated probability, %'\nset ylabel 'observed "
      "share of targets, %'\n" +
      std::string(kKeyBelow);
  std::string plot = "plot x notitle lc rgb '" + std::string(kInk) + "' lw 1 dt 2";
  for (std::size_t i = 0; i < system.conditions.size(); ++i) {
    script += data("curve" + std::to_string(i), reliability(system.conditions[i]));
    plot += ", \\\n $curve" + std::to_string(i) + " with linespoints pt 7 ps 0.6 " + line(i) + " title " +
            gnuplot_text(system.conditions[i].name);
  }
  picture.panels.push_back({script + plot + "\n", true});
  return picture;
}

Picture bayes_error_picture(const ScoredSystem& system) {
  return condition_picture(
      system, bayes_errors,
      {"bayes_error",
       "Cost over the prior",
       "Normalised detection cost of the Bayes decision by calibrated LLRs (actual) and with the best "
       "threshold (minimum), for every prior; marked: p_target 0.01, 0.05, 0.5. Where the two meet, "
       "calibration costs nothing; above 1 a blind decision would be better.",
       {}});
}

}  // namespace voiceprint::trainer

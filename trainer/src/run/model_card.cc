#include "run/model_card.h"

#include <cmath>
#include <cstdio>

namespace voiceprint::trainer {
namespace {

using nlohmann::json;

std::string number(const char* format, double value) {
  if (std::isnan(value)) return "–";
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string percent(const Estimate& estimate) {
  std::string text = number("%.1f", 100 * estimate.value);
  if (!std::isnan(estimate.value) && !std::isnan(estimate.interval.low))
    text +=
        " (" + number("%.1f", 100 * estimate.interval.low) + "–" + number("%.1f", 100 * estimate.interval.high) + ")";
  return text;
}

std::string with_interval(const Estimate& estimate) {
  std::string text = number("%.3f", estimate.value);
  if (!std::isnan(estimate.interval.low))
    text += " (" + number("%.3f", estimate.interval.low) + "–" + number("%.3f", estimate.interval.high) + ")";
  return text;
}

std::string pair(double actual, double least) {
  return number("%.3f", actual) + " / " + number("%.3f", least);
}

std::string row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& cell : cells) text += " " + cell + " |";
  return text + "\n";
}

std::string head(const std::vector<std::string>& cells) {
  return row(cells) + row(std::vector<std::string>(cells.size(), "---"));
}

std::string words(const json& value) {
  return value.get<std::string>();
}

std::string origin(const json& m) {
  const json& config = m["training"]["config"];
  const int crops = config["data"]["speakers_per_batch"].get<int>() * config["data"]["crops_per_speaker"].get<int>();
  return "| | |\n| --- | --- |\n" + row({"trained on", words(m["training"]["data"])}) +
         row({"licence of the data", words(m["training"]["licence"])}) +
         row({"licence of the model", words(m["licence"])}) +
         row({"recipe", "`" + words(m["training"]["recipe"]) + "`"}) + row({"seed", m["training"]["seed"].dump()}) +
         row({"steps", m["training"]["steps"].dump() + " of " + std::to_string(crops) + " crops of " +
                           config["data"]["min_crop_s"].dump() + " to " + config["data"]["max_crop_s"].dump() + " s"}) +
         row({"SHA-256 of model.onnx", "`" + words(m["onnx"]["sha256"]) + "`"}) + "\n";
}

std::string error_rates(const CardFacts& facts) {
  std::string text = "## Error rates on the development trials\n\nIn brackets 95 % intervals, from " +
                     std::to_string(facts.resamplings) +
                     " resamplings of the speakers. \"Decision\": by the LLR of the calibration below, each trial "
                     "judged by a fit that "
                     "saw neither of its speakers.\n\n" +
                     head({"condition", "speakers", "targets", "non-targets", "EER %, cosine", "EER %, decision",
                           "minDCF (p 0.05), decision", "minDCF (p 0.01), decision"});
  for (std::size_t i = 0; i < facts.cosine.size(); ++i) {
    const TrialMetrics &raw = facts.cosine[i].scores, &llr = *facts.decisions[i].llrs;
    text += row({facts.cosine[i].name, std::to_string(raw.num_speakers), std::to_string(raw.num_targets),
                 std::to_string(raw.num_nontargets), percent(raw.eer), percent(llr.eer),
                 with_interval(llr.costs[1].min_dcf), with_interval(llr.costs[2].min_dcf)});
  }
  return text + "\n";
}

std::string calibration(const CardFacts& facts) {
  const CalibrationForm& best = best_form(facts.forms);
  std::string text = "## Calibration\n\nLLR from `" + best.name() + "`, the best of " +
                     std::to_string(facts.forms.size()) + " forms that were tried (mean Cllr " +
                     number("%.3f", best.cllr_by_speaker) + " cross-validated by speaker, " +
                     number("%.3f", best.cllr_by_condition) + " by condition; ";
  for (const CalibrationForm& form : facts.forms) {
    if (form.measures.empty() && form.normalised != best.normalised)
      text += form.name() + " alone: " + number("%.3f", form.cllr_by_speaker) + " and " +
              number("%.3f", form.cllr_by_condition) + "; ";
  }
  text +=
      "fitted at p_target 0.5, every condition counting alike). Actual / least cost, cross-validated by speaker:\n\n" +
      head({"condition", "Cllr / minCllr", "actDCF / minDCF, p 0.5", "p 0.05", "p 0.01"});
  for (const ConditionMetrics& m : facts.decisions) {
    std::vector<std::string> cells = {m.name, pair(m.llrs->cllr.value, m.llrs->min_cllr.value)};
    for (const CostMetrics& cost : m.llrs->costs) cells.push_back(pair(cost.act_dcf.value, cost.min_dcf.value));
    text += row(cells);
  }
  return text + "\n";
}

std::string operating_points(const json& m) {
  std::string text =
      "## Operating points\n\nFitted on the same trials, so expect somewhat higher rates elsewhere. Default: `" +
      words(m["default_operating_point"]) + "`.\n\n" + head({"name", "threshold (LLR)", "false alarms %", "misses %"});
  for (const json& point : m["operating_points"])
    text += row({words(point["name"]), number("%.3f", point["threshold_llr"]),
                 number("%.2g", 100 * point["measured_p_fa"].get<double>()),
                 number("%.1f", 100 * point["measured_p_miss"].get<double>())});
  return text + "\n";
}

// Only parts that could be measured: a card is no place for rows of "too few".
std::string breakdowns(const CardFacts& facts) {
  std::string text;
  for (const Breakdown& breakdown : facts.breakdowns) {
    std::string rows;
    for (const Part& part : breakdown.parts) {
      if (!part.metrics || !part.metrics->llrs) continue;
      const TrialMetrics& llr = *part.metrics->llrs;
      rows += row({part.condition, part.value, std::to_string(part.num_speakers), std::to_string(part.num_targets),
                   std::to_string(part.num_nontargets), percent(llr.eer), number("%.3f", llr.costs[1].min_dcf.value),
                   pair(llr.cllr.value, llr.min_cllr.value)});
    }
    if (rows.empty()) continue;
    text += "### By " + breakdown.by + "\n\n" +
            head({"condition", breakdown.by, "speakers", "targets", "non-targets", "EER %", "minDCF (p 0.05)",
                  "Cllr / minCllr"}) +
            rows + "\n";
  }
  if (text.empty()) return "";
  return "## Who and what\n\nBy the decision, as above; trials whose two recordings share the value, where there are "
         "at least " +
         std::to_string(kLeastTrials) + " of each kind and " + std::to_string(kLeastSpeakers) + " speakers.\n\n" + text;
}

std::string robustness(const Robustness& r) {
  std::vector<std::string> cells = {"second recording"};
  for (std::size_t i = 0; i < r.conditions.size(); ++i)
    cells.push_back(r.conditions[i] + ", " + std::to_string(r.num_trials[i]) + " trials");
  std::string text =
      "## Noise, rooms, channels, brevity\n\nEER % by cosine, the first recording of each trial as it is, the second "
      "made worse. \"N s of speech\": its first N seconds, where it has as many.\n\n" +
      head(cells);
  for (const RobustnessRow& robust : r.rows) {
    cells = {robust.name};
    for (const Estimate& eer : robust.eers) cells.push_back(percent(eer));
    text += row(cells);
  }
  return text + "\n";
}

std::string rounding(const CardFacts& facts) {
  if (facts.fp32.empty()) return "";
  std::string text = "## Weights\n\nEER % by cosine with weights stored as " +
                     words(facts.manifest["onnx"]["weights"]) + ", and as float32.\n\n" +
                     head({"condition", words(facts.manifest["onnx"]["weights"]), "fp32"});
  for (std::size_t i = 0; i < facts.fp32.size(); ++i)
    text += row({facts.fp32[i].name, number("%.2f", 100 * facts.cosine[i].scores.eer.value),
                 number("%.2f", 100 * facts.fp32[i].scores.eer.value)});
  return text + "\n";
}

std::string limits(const CardFacts& facts) {
  std::string text = "## Limits\n\n";
  for (const std::string& limit : facts.limits) text += "* " + limit + "\n";
  return text +
         "* Replayed recordings and synthetic or converted voices are not detected.\n"
         "* The shorter the speech, the higher the error rates. Less than " +
         facts.manifest["quality_limits"]["min_net_speech_s"].dump() +
         " s of it is answered with `inconclusive`.\n"
         "* Not for decisions that harm somebody when they are wrong.\n";
}

}  // namespace

std::string model_card(const CardFacts& facts) {
  const json& m = facts.manifest;
  const json& model = m["training"]["config"]["model"];
  std::string text = "# " + words(m["name"]) + " " + words(m["version"]) +
                     "\n\nA speaker-embedding network for voiceprint-wasm: " + words(model["kind"]) + ", " +
                     model["channels"].dump() + " channels, embedding of " + m["tensors"]["embedding_dim"].dump() +
                     " values, weights as " + words(m["onnx"]["weights"]) + ", " + m["onnx"]["bytes"].dump() +
                     " bytes" +
                     (m.contains("cohort") ? ", with a cohort of " + m["cohort"]["bytes"].dump() + " bytes" : "") +
                     ". Written by `trainer export`; every number below comes from that run.\n\n";
  text += origin(m) + error_rates(facts) + calibration(facts) + operating_points(m) + breakdowns(facts);
  if (facts.robustness) text += robustness(*facts.robustness);
  return text + rounding(facts) + limits(facts);
}

}  // namespace voiceprint::trainer

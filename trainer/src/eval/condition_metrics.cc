#include "eval/condition_metrics.h"

#include <cmath>
#include <cstdio>

#include "error.h"

namespace voiceprint::trainer {
namespace {

using nlohmann::json;

std::vector<CostModel> cost_models() {
  std::vector<CostModel> costs;
  for (const double p_target : kTargetPriors) costs.push_back({p_target, 1, 1});
  return costs;
}

json to_json(const Estimate& estimate) {
  json j = {{"value", estimate.value}};
  if (!std::isnan(estimate.interval.low)) j["interval"] = {estimate.interval.low, estimate.interval.high};
  return j;
}

json costs_to_json(const TrialMetrics& metrics, bool actual) {
  json list = json::array();
  for (const CostMetrics& cost : metrics.costs) {
    json entry = {{"p_target", cost.cost.p_target}, {"c_miss", 1}, {"c_fa", 1}, {"min_dcf", to_json(cost.min_dcf)}};
    if (actual)
      entry["act_dcf"] = to_json(cost.act_dcf);
    else
      entry["threshold"] = cost.min_dcf_threshold;
    list.push_back(std::move(entry));
  }
  return list;
}

std::string cell(const char* format, double value) {
  if (std::isnan(value)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// "17.1 (12.9-21.3)", in percent.
std::string percent_cell(const Estimate& estimate) {
  std::string text = cell("%.2f", 100 * estimate.value);
  if (!std::isnan(estimate.interval.low))
    text += " (" + cell("%.1f", 100 * estimate.interval.low) + "-" + cell("%.1f", 100 * estimate.interval.high) + ")";
  return text;
}

std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - row[i].size(), ' ');
      text += (i == 0 ? row[i] + padding : "  " + padding + row[i]);
    }
    text += "\n";
  }
  return text;
}

}  // namespace

ConditionMetrics measure_condition(const ScoredCondition& condition, std::uint32_t resamplings) {
  ConditionMetrics result;
  result.name = condition.name, result.num_skipped = condition.num_skipped;
  const auto measure = [&](bool llrs, const std::vector<ScoredTrial>& trials) {
    auto metrics = measure_trials(trials, {cost_models(), llrs, resamplings, 1});
    if (!metrics) throw TrainerError("condition " + condition.name + ": " + metrics.error().message);
    return std::move(metrics.value());
  };
  result.scores = measure(false, condition.trials);
  if (!condition.llrs.empty()) {
    std::vector<ScoredTrial> trials = condition.trials;
    for (std::size_t i = 0; i < trials.size(); ++i) trials[i].score = condition.llrs[i];
    result.llrs = measure(true, trials);
  }
  std::vector<float> sides[2];
  for (const ScoredTrial& trial : condition.trials) sides[trial.is_target].push_back(trial.score);
  const DetectionCurve curve = take(DetectionCurve::create(sides[1], sides[0]));
  for (const double rate : kFalseAlarmRates) result.at_rates.push_back(curve.at_false_alarm_rate(rate));
  return result;
}

json to_json(const ConditionMetrics& m) {
  json j = {{"condition", m.name},
            {"targets", m.scores.num_targets},
            {"non_targets", m.scores.num_nontargets},
            {"speakers", m.scores.num_speakers},
            {"skipped", m.num_skipped},
            {"eer", to_json(m.scores.eer)},
            {"eer_nearest", m.scores.eer_nearest},
            {"eer_threshold", m.scores.eer_threshold},
            {"costs", costs_to_json(m.scores, false)},
            {"min_cllr", to_json(m.scores.min_cllr)},
            {"false_alarm_rates", json::array()}};
  for (std::size_t i = 0; i < m.at_rates.size(); ++i)
    j["false_alarm_rates"].push_back({{"target", kFalseAlarmRates[i]},
                                      {"threshold", m.at_rates[i].threshold},
                                      {"p_fa", m.at_rates[i].p_fa},
                                      {"p_miss", m.at_rates[i].p_miss}});
  if (m.llrs)
    j["llr"] = {{"eer", to_json(m.llrs->eer)},
                {"costs", costs_to_json(*m.llrs, true)},
                {"cllr", to_json(m.llrs->cllr)},
                {"min_cllr", to_json(m.llrs->min_cllr)}};
  if (m.identification) {
    json identification = {{"speakers", m.identification->num_speakers},
                           {"probes", m.identification->num_probes},
                           {"recall", json::object()},
                           {"dir_at_far", json::array()}};
    for (std::size_t i = 0; i < m.identification->recall.size(); ++i)
      identification["recall"][std::to_string(kRecallRanks[i])] = m.identification->recall[i];
    for (std::size_t i = 0; i < m.identification->rates.size(); ++i)
      identification["dir_at_far"].push_back({{"far", kIdentificationRates[i]},
                                              {"dir", m.identification->rates[i].dir},
                                              {"threshold", m.identification->rates[i].threshold}});
    j["identification"] = std::move(identification);
  }
  return j;
}

json to_json(const Breakdown& breakdown) {
  json parts = json::array();
  for (const Part& part : breakdown.parts) {
    json entry = {{"condition", part.condition}, {"value", part.value}};
    if (part.metrics)
      entry.update(to_json(*part.metrics));
    else
      entry.update(
          {{"targets", part.num_targets}, {"non_targets", part.num_nontargets}, {"speakers", part.num_speakers}});
    entry["condition"] = part.condition;
    parts.push_back(std::move(entry));
  }
  return {{"by", breakdown.by}, {"parts", parts}};
}

std::string format_table(const std::vector<ConditionMetrics>& metrics) {
  const bool calibrated = !metrics.empty() && metrics.front().llrs.has_value();
  std::vector<std::vector<std::string>> rows = {
      {"condition", "speakers", "targets", "non-targets", "skipped", "EER %", "minDCF .5", "minDCF .05", "minDCF .01"}};
  if (calibrated)
    for (const char* name : {"LLR: EER %", "Cllr", "minCllr", "actDCF .5", "actDCF .05", "actDCF .01"})
      rows.front().push_back(name);
  for (const ConditionMetrics& m : metrics) {
    rows.push_back({m.name, std::to_string(m.scores.num_speakers), std::to_string(m.scores.num_targets),
                    std::to_string(m.scores.num_nontargets), std::to_string(m.num_skipped),
                    percent_cell(m.scores.eer)});
    for (const CostMetrics& cost : m.scores.costs) rows.back().push_back(cell("%.3f", cost.min_dcf.value));
    if (!m.llrs) continue;
    rows.back().push_back(cell("%.2f", 100 * m.llrs->eer.value));
    rows.back().push_back(cell("%.3f", m.llrs->cllr.value));
    rows.back().push_back(cell("%.3f", m.llrs->min_cllr.value));
    for (const CostMetrics& cost : m.llrs->costs) rows.back().push_back(cell("%.3f", cost.act_dcf.value));
  }
  return aligned(rows);
}

}  // namespace voiceprint::trainer

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "eval/report.h"

namespace voiceprint::trainer {
namespace {

constexpr const char* kStyle = R"css(
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1a1a1a; --soft: #5c5c5c; --grid: #d4d4d4; --band: #f5f6f8; --rule: #c9ccd1;
  --series-1: #0072b2; --series-2: #d55e00; --series-3: #009e73; --series-4: #cc79a7; --series-5: #e69f00; --series-6: #56b4e9;
  --series-7: #8b6914; --series-8: #7f7f7f; }
@media screen and (prefers-color-scheme: dark) { :root { --paper: #15171a; --ink: #e8e8e6; --soft: #a3a6aa; --grid: #3a3e44; --band: #1e2126;
  --rule: #3f444b; --series-1: #5ab4e5; --series-2: #ff8f4d; --series-3: #37c99c; --series-4: #e5a4c8; --series-5: #f2bc4b;
  --series-6: #8fd0f5; --series-7: #c9a24a; --series-8: #a8a8a8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 84rem; padding: 1.5rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; padding-top: .75rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p, figcaption { color: var(--soft); max-width: 46rem; margin: .25rem 0 .75rem; }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .2rem 1rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; min-width: 100%; }
th, td { padding: .3rem .6rem; text-align: right; white-space: nowrap; vertical-align: top; }
th:first-child, td:first-child, .text { text-align: left; }
thead th { border-bottom: 2px solid var(--rule); font-weight: 600; vertical-align: bottom; white-space: normal; }
tbody tr:nth-child(even) { background: var(--band); }
tbody tr.first:not(:first-child) td, tbody tr.first:not(:first-child) th { border-top: 1px solid var(--rule); }
tbody th { font-weight: 400; }
small { color: var(--soft); font-size: .78em; }
.figures, .panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: .5rem 1.5rem; }
figure { margin: 1rem 0 2rem; }
.figures > .wide { grid-column: 1 / -1; }
.single .panels { grid-template-columns: 1fr; }
.panels svg { width: 100%; height: auto; max-width: 40rem; }
nav { margin: 1.25rem 0 0; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .95rem; }
a { color: var(--series-1); }
@media screen and (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; }
  th:first-child, td:first-child { position: sticky; left: 0; background: var(--paper); max-width: 8.5rem; white-space: normal; }
  tbody tr:nth-child(even) > :first-child { background: var(--band); } }
@media print { body { max-width: none; padding: 0; font-size: 9.5pt; } nav { display: none; } h2, h3 { break-after: avoid; }
  figure, tr, .panels > div { break-inside: avoid; } .scroll { overflow: visible; } table { font-size: 7.5pt; }
  th, td { padding: .15rem .3rem; white-space: normal; } .figures, .panels { grid-template-columns: 1fr 1fr; }
  :root { --paper: #ffffff; --ink: #000000; --soft: #444444; } }
)css";

std::string escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string number(const char* format, double value) {
  if (std::isnan(value)) return "&ndash;";
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// "17.1 <small>12.9&ndash;21.3</small>"
std::string with_interval(const char* format, const Estimate& estimate, double factor = 1) {
  std::string text = number(format, factor * estimate.value);
  if (!std::isnan(estimate.interval.low) && !std::isnan(estimate.value))
    text += " <small>" + number(format, factor * estimate.interval.low) + "&ndash;" +
            number(format, factor * estimate.interval.high) + "</small>";
  return text;
}

// Rows of cells; the first one or two are names.
class Table {
 public:
  Table(std::vector<std::string> head, std::size_t num_names) : num_names_(num_names) {
    for (std::size_t i = 0; i < head.size(); ++i)
      head_ += std::string("<th scope=\"col\"") + (i < num_names ? " class=\"text\">" : ">") + head[i] + "</th>";
  }
  // `first`: of a group of rows that belong together.
  void add(const std::vector<std::string>& cells, bool first) {
    rows_ += first ? "<tr class=\"first\">" : "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i)
      rows_ += i == 0 ? "<th scope=\"row\" class=\"text\">" + cells[i] + "</th>"
                      : std::string(i < num_names_ ? "<td class=\"text\">" : "<td>") + cells[i] + "</td>";
    rows_ += "</tr>\n";
  }
  std::string html() const {
    return "<div class=\"scroll\"><table><thead><tr>" + head_ + "</tr></thead>\n<tbody>\n" + rows_ +
           "</tbody></table></div>\n";
  }

 private:
  std::size_t num_names_;
  std::string head_, rows_;
};

// One table over all conditions and, where there are several, systems: a row for each that `cells` gives any for.
template <typename Cells>
std::string table_of(const Report& report, const std::vector<std::string>& columns, const Cells& cells) {
  const bool several = report.systems.size() > 1;
  std::vector<std::string> head = {"condition"};
  if (several) head.push_back("system");
  head.insert(head.end(), columns.begin(), columns.end());
  Table table(head, several ? 2 : 1);
  bool any = false;
  std::vector<std::string> conditions;
  for (const ReportedSystem& system : report.systems) {
    for (const ConditionMetrics& m : system.metrics) {
      if (std::find(conditions.begin(), conditions.end(), m.name) == conditions.end()) conditions.push_back(m.name);
    }
  }
  for (const std::string& condition : conditions) {
    bool first = true;
    for (const ReportedSystem& system : report.systems) {
      for (const ConditionMetrics& m : system.metrics) {
        if (m.name != condition) continue;
        const std::vector<std::string> values = cells(m);
        if (values.empty()) continue;
        std::vector<std::string> row = {escape(m.name)};
        if (several) row.push_back(escape(system.name));
        row.insert(row.end(), values.begin(), values.end());
        table.add(row, several && first);
        first = false, any = true;
      }
    }
  }
  return any ? table.html() : "";
}

std::string error_rates(const Report& report) {
  return "<h2 id=\"rates\">Error rates</h2>\n<p>Of the scores, before calibration, with 95 % intervals from resampled "
         "speakers. minDCF: "
         "the "
         "detection cost at the best threshold, costs 1, by p_target; 1 is what a blind decision costs.</p>\n" +
         table_of(
             report,
             {"speakers", "targets", "non-targets", "skipped", "EER %", "minDCF 0.5", "minDCF 0.05", "minDCF 0.01"},
             [](const ConditionMetrics& m) {
               std::vector<std::string> row = {std::to_string(m.scores.num_speakers),
                                               std::to_string(m.scores.num_targets),
                                               std::to_string(m.scores.num_nontargets), std::to_string(m.num_skipped),
                                               with_interval("%.1f", m.scores.eer, 100)};
               for (const CostMetrics& cost : m.scores.costs) row.push_back(with_interval("%.3f", cost.min_dcf));
               return row;
             });
}

// "0.355 / 0.344 <small>+3 %</small>"
std::string actual_and_least(double actual, double least) {
  return number("%.3f", actual) + " / " + number("%.3f", least) +
         (least > 0 ? " <small>" + number("%+.0f", 100 * (actual / least - 1)) + " %</small>" : "");
}

std::string calibration(const Report& report) {
  const std::string table = table_of(report, {"EER %", "Cllr", "Cllr / minCllr", "actDCF / minDCF 0.5", "0.05", "0.01"},
                                     [](const ConditionMetrics& m) {
                                       if (!m.llrs) return std::vector<std::string>{};
                                       std::vector<std::string> row = {
                                           with_interval("%.1f", m.llrs->eer, 100), with_interval("%.3f", m.llrs->cllr),
                                           actual_and_least(m.llrs->cllr.value, m.llrs->min_cllr.value)};
                                       for (const CostMetrics& cost : m.llrs->costs)
                                         row.push_back(actual_and_least(cost.act_dcf.value, cost.min_dcf.value));
                                       return row;
                                     });
  if (table.empty()) return "";
  return "<h2 id=\"calibration\">Calibrated log-likelihood ratios</h2>\n<p>What the LLRs cost (Cllr in bits; actDCF at "
         "the "
         "Bayes threshold), and what they would cost with the best monotone calibration or threshold: the difference "
         "is "
         "the calibration's own fault.</p>\n" +
         table;
}

std::string thresholds(const Report& report) {
  return "<h2 id=\"thresholds\">Thresholds</h2>\n<p>The lowest threshold of the score whose false-alarm rate on these "
         "trials is at most the target, and the misses there.</p>\n" +
         table_of(report, {"at EER", "10 % false alarms", "misses", "1 %", "misses", "0.1 %", "misses"},
                  [](const ConditionMetrics& m) {
                    std::vector<std::string> row = {number("%.4f", m.scores.eer_threshold)};
                    for (const OperatingPoint& point : m.at_rates) {
                      row.push_back(number("%.4f", point.threshold));
                      row.push_back(number("%.1f", 100 * point.p_miss) + " %");
                    }
                    return row;
                  });
}

std::string identification(const Report& report) {
  const std::string table =
      table_of(report, {"speakers", "recordings", "Recall@1", "@5", "@10", "DIR at FAR 10 %", "DIR at FAR 1 %"},
               [](const ConditionMetrics& m) {
                 if (!m.identification) return std::vector<std::string>{};
                 std::vector<std::string> row = {std::to_string(m.identification->num_speakers),
                                                 std::to_string(m.identification->num_probes)};
                 for (const double recall : m.identification->recall)
                   row.push_back(number("%.1f", 100 * recall) + " %");
                 for (const IdentificationRates& rates : m.identification->rates)
                   row.push_back(number("%.1f", 100 * rates.dir) + " %");
                 return row;
               });
  if (table.empty()) return "";
  return "<h2 id=\"identification\">Identification</h2>\n<p>By cosine. Recall@k: share of recordings with one of the "
         "same "
         "speaker among the k nearest others. Open set: share of probes that name their own speaker (the mean of up to "
         "three "
         "other recordings each) at the threshold where that share of probes without their speaker in the gallery name "
         "somebody.</p>\n" +
         table;
}

std::string breakdown_html(const Breakdown& breakdown, const std::string& system) {
  const bool calibrated = std::any_of(breakdown.parts.begin(), breakdown.parts.end(),
                                      [](const Part& part) { return part.metrics && part.metrics->llrs; });
  std::vector<std::string> head = {"condition",   breakdown.by, "speakers",   "targets",
                                   "non-targets", "EER %",      "minDCF 0.05"};
  if (calibrated) head.insert(head.end(), {"Cllr / minCllr", "actDCF / minDCF 0.05"});
  Table table(head, 2);
  std::string last;
  for (const Part& part : breakdown.parts) {
    std::vector<std::string> row = {escape(part.condition), escape(part.value), std::to_string(part.num_speakers),
                                    std::to_string(part.num_targets), std::to_string(part.num_nontargets)};
    if (part.metrics) {
      const ConditionMetrics& m = *part.metrics;
      row.push_back(with_interval("%.1f", m.scores.eer, 100));
      row.push_back(with_interval("%.3f", m.scores.costs[1].min_dcf));
      if (calibrated && m.llrs) {
        row.push_back(actual_and_least(m.llrs->cllr.value, m.llrs->min_cllr.value));
        row.push_back(actual_and_least(m.llrs->costs[1].act_dcf.value, m.llrs->costs[1].min_dcf.value));
      }
    } else {
      row.push_back("too few");
    }
    row.resize(head.size());
    table.add(row, part.condition != last);
    last = part.condition;
  }
  return "<h3>By " + escape(breakdown.by) + (system.empty() ? "" : ", " + escape(system)) + "</h3>\n" + table.html();
}

std::string breakdowns(const Report& report) {
  std::string text;
  for (const ReportedSystem& system : report.systems) {
    for (const Breakdown& breakdown : system.breakdowns)
      text += breakdown_html(breakdown, report.systems.size() > 1 ? system.name : "");
  }
  if (text.empty()) return "";
  return "<h2 id=\"breakdowns\">Breakdowns</h2>\n<p>Within each condition, the trials whose two recordings share the "
         "value. "
         "\"Too few\": under " +
         std::to_string(kLeastTrials) + " trials of a kind or under " + std::to_string(kLeastSpeakers) +
         " speakers.</p>\n" + text;
}

std::string pictures(const Report& report) {
  std::string text = "<h2 id=\"pictures\">Pictures</h2>\n<div class=\"figures\">\n";
  for (const Picture& picture : report.pictures) {
    text += "<figure id=\"" + picture.file + "\" class=\"" + (picture.panels.size() == 1 ? "single" : "wide") +
            "\">\n<h3>" + escape(picture.title) + "</h3>\n<figcaption>" + escape(picture.caption) +
            "</figcaption>\n<div class=\"panels\">\n";
    for (const std::string& svg : draw_svgs(picture)) text += "<div>" + svg + "</div>\n";
    text += "</div>\n</figure>\n";
  }
  return text + "</div>\n";
}

}  // namespace

std::string report_html(const Report& report) {
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">\n<title>" +
      escape(report.title) + "</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n<h1>" + escape(report.title) +
      "</h1>\n<dl>\n";
  for (const auto& [label, text] : report.setup)
    page += "<dt>" + escape(label) + "</dt><dd>" + escape(text) + "</dd>\n";
  page += "</dl>\n";
  const std::string sections[] = {error_rates(report),    calibration(report), thresholds(report),
                                  identification(report), pictures(report),    breakdowns(report)};
  page += "<nav>";
  for (const std::string& section : sections) {
    // <h2 id="ID">NAME</h2> first in each section that is there
    const std::size_t id = section.find("id=\"") + 4, end = section.find('"', id);
    if (section.empty()) continue;
    const std::size_t name = section.find('>', end) + 1;
    page += "<a href=\"#" + section.substr(id, end - id) + "\">" +
            section.substr(name, section.find('<', name) - name) + "</a> ";
  }
  page += "</nav>\n";
  for (const std::string& section : sections) page += section;
  return page + "</body>\n</html>\n";
}

}  // namespace voiceprint::trainer

#include "eval/eval_command.h"

#include <memory>

#include "data/layouts.h"
#include "eval/evaluate.h"

namespace voiceprint::trainer {
namespace {

void add_trials(CLI::App* command, TrialSource& source) {
  command
      ->add_option("trials", source.lists.trials,
                   "A list of trials or a folder of lists; with --pairs, labelled recordings as `prepare` reads them")
      ->required();
  command->add_option("--audio-root", source.names.audio_root, "What the paths in the lists are relative to");
  command->add_option("--wav-scp", source.names.wav_scp,
                      "Kaldi's '<identifier> <path>' per line, for lists of identifiers");
  command->add_option("--enroll", source.lists.enroll,
                      "'<model> <recording> ...' per line (default: enroll.map or enroll.lst beside the list)");
  command->add_flag("--drop-duplicates", source.lists.drop_duplicates, "Keep the first of equal trials");
  command->add_option("--metadata", source.metadata,
                      "JSON lines with path, speaker, corpus, language, gender, age_group, for breakdowns (default: "
                      "utterances.jsonl beside the lists or one folder up)");
  command->add_option("--pairs", source.pairs, "Make trials of labelled recordings: 'all', or how many of each kind");
  command->add_option("--layout", source.layout, "Of labelled recordings, instead of finding it out")
      ->check(CLI::IsMember(layout_names()));
  command->add_flag("--any-impostor", source.any_impostor, "Pairs of different languages and genres too");
}

}  // namespace

void add_eval_command(CLI::App& app) {
  const auto options = std::make_shared<EvalOptions>();
  const auto rule = std::make_shared<std::string>("mean-embedding");
  const auto keep_none = std::make_shared<bool>(false);
  options->cache = EmbeddingCache::default_folder();
  CLI::App* command = app.add_subcommand("eval", "Error rates, calibration, pictures and a report on trial lists");
  auto* network = command->add_option_group("network")->require_option(1);
  network->add_option("--checkpoint", options->checkpoint, "A training run's last.safetensors");
  network->add_option("--model", options->model, "A model folder: model.onnx and manifest.json");
  add_trials(command, options->trials);
  command->add_option("--enroll-rule", *rule, "For models of several recordings")
      ->check(CLI::IsMember({"mean-embedding", "mean-score"}))
      ->capture_default_str();
  command
      ->add_option("--crops", options->embed.crops,
                   "Mean over this many crops of a recording (default: all its speech)")
      ->check(CLI::Range(1, 1000));
  command->add_option("--crop-seconds", options->embed.crop_s)->check(CLI::Range(0.1, 60.0))->capture_default_str();
  command->add_option("--norm", options->norm, "Score normalisation; 'model': as the model's manifest says")
      ->check(CLI::IsMember({"none", "z", "t", "s", "as", "model"}))
      ->capture_default_str();
  command->add_option("--cohort", options->cohort.source,
                      "Strangers: a cohort file, a pack, or labelled recordings (default: the model folder's)");
  command->add_option("--cohort-root", options->cohort.root, "What the paths of labelled recordings are relative to");
  command->add_option("--cohort-speakers", options->cohort.max_speakers, "At most this many, of every corpus alike")
      ->check(CLI::Range(2, 1000000))
      ->capture_default_str();
  command->add_option("--top-n", options->top_n, "Highest cohort scores that AS-norm uses")
      ->check(CLI::Range(2, 1000000))
      ->capture_default_str();
  command
      ->add_option(
          "--calibration", options->calibration,
          "LLRs cross-validated by speaker (linear; with duration, cohort mean or all qualities; best), by the "
          "model's manifest, of the score that it names; or none")
      ->check(CLI::IsMember({"linear", "duration", "cohort", "quality", "best", "model", "none"}))
      ->capture_default_str();
  command->add_option("--resamplings", options->resamplings, "Of the speakers, for the intervals; 0: none")
      ->capture_default_str();
  command->add_option("--cache", options->cache, "Folder where embeddings are kept for the next time")
      ->capture_default_str();
  command->add_flag("--no-cache", *keep_none, "Keep no embeddings and use none");
  command->add_option("--scores", options->scores, "File to write: '<label> <score> <enroll> <test>' per line");
  command->add_option("--llrs", options->llrs, "The same of the calibrated LLRs");
  command->add_option("--out", options->out, "Folder for report.html, pictures and metrics.json");
  command->callback([options, rule, keep_none] {
    if (*rule == "mean-score") options->rule = EnrollRule::kMeanScore;
    if (*keep_none) options->cache.clear();
    evaluate(*options);
  });
}

void add_report_command(CLI::App& app) {
  const auto options = std::make_shared<ReportOptions>();
  CLI::App* command = app.add_subcommand("report", "Metrics, pictures and a report of score files, one per system");
  command->add_option("scores", options->score_files, "As `trainer eval --scores` and `voiceprint eval` write them")
      ->required();
  command->add_option("--metadata", options->metadata, "JSON lines about the recordings, for breakdowns");
  command->add_option("--calibration", options->calibration, "Linear and cross-validated by speaker, or none")
      ->check(CLI::IsMember({"linear", "none"}))
      ->capture_default_str();
  command->add_option("--resamplings", options->resamplings, "Of the speakers, for the intervals; 0: none")
      ->capture_default_str();
  command->add_option("--out", options->out, "Folder for report.html, pictures and metrics.json");
  command->callback([options] { report_scores(*options); });
}

}  // namespace voiceprint::trainer

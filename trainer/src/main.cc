// trainer prepare | train | finetune | join | lda | import | eval | report | embed | forward | compare | export |
// models | bench
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "data/layouts.h"
#include "data/prepare.h"
#include "error.h"
#include "eval/embedding_cache.h"
#include "eval/eval_command.h"
#include "model/architectures.h"
#include "model/presets.h"
#include "run/benchmark.h"
#include "run/checkpoint.h"
#include "run/compare.h"
#include "run/config.h"
#include "run/export.h"
#include "run/finetune.h"
#include "run/import.h"
#include "run/join.h"
#include "run/lda.h"
#include "run/model_folder.h"
#include "run/progress.h"
#include "run/train.h"

namespace {

using namespace voiceprint::trainer;

constexpr int kInterrupted = 130;

// A configuration file, or none, and overrides.
struct ConfigArguments {
  std::string file;
  std::vector<std::string> overrides;
  void add_to(CLI::App* command) {
    command->add_option("config", file, "JSON configuration (comments allowed); may be left out");
    command->add_option("overrides", overrides, "section.key=value, for example optim.lr=5e-4");
  }
  // The file and the overrides: where there is no file, CLI11 takes the first override for it.
  std::pair<std::string, std::vector<std::string>> parts() const {
    if (file.find('=') == std::string::npos) return {file, overrides};
    std::vector<std::string> all = {file};
    all.insert(all.end(), overrides.begin(), overrides.end());
    return {"", all};
  }
  Config load() const {
    const auto [path, changes] = parts();
    return load_config(path, changes);
  }
};

struct NetworkArguments {
  std::string checkpoint, model;
  void add_to(CLI::App* command) {
    auto* group = command->add_option_group("network")->require_option(1);
    group->add_option("--checkpoint", checkpoint, "A training run's last.safetensors");
    group->add_option("--model", model, "A model folder: model.onnx and manifest.json");
  }
  Embedder load() const {
    return model.empty() ? Embedder::from_checkpoint(checkpoint) : load_model_folder(model).embedder;
  }
};

// One JSON line per file.
void embed(const Embedder& embedder, const std::vector<std::string>& paths) {
  const std::vector<EmbeddedFile> files = embedder.embed_all(paths);
  for (std::size_t i = 0; i < files.size(); ++i) {
    nlohmann::json line = {
        {"path", paths[i]}, {"embedding", files[i].embedding}, {"quality", quality_to_json(files[i].quality)}};
    if (!files[i].problem.empty()) line["error"] = files[i].problem;
    std::printf("%s\n", line.dump().c_str());
  }
}

// Raw float32 features [batch, frames, bins] on standard input to embeddings [batch, embedding_dim] on standard output.
void forward(const Embedder& embedder, std::int64_t batch, std::int64_t frames) {
  const std::int64_t bins = embedder.num_bins();
  std::vector<float> features(static_cast<std::size_t>(batch * frames * bins));
  if (std::fread(features.data(), sizeof(float), features.size(), stdin) != features.size())
    throw TrainerError("standard input holds fewer than " + std::to_string(features.size()) +
                       " float32 values: batch x frames x " + std::to_string(bins));
  const std::vector<float> embeddings = embedder.embed_batch(features, batch, frames);
  std::fwrite(embeddings.data(), sizeof(float), embeddings.size(), stdout);
}

// The architectures with their sizes, one line each.
void list_models() {
  for (const std::string& kind : model_kinds()) {
    const ModelConfig config = model_preset(kind);
    const std::int64_t bins = kind == "redimnet2_b2" ? 72 : 80;
    const Network network = build_network(config, bins);
    std::printf("%-24s %10lld parameters, embedding of %lld, %lld bins\n", kind.c_str(),
                static_cast<long long>(network.num_parameters()), static_cast<long long>(network.embedding_dim()),
                static_cast<long long>(bins));
  }
}

// Activations are large and short-lived: returning them to the system after each layer would cost more than the layer.
void keep_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
  mallopt(M_TOP_PAD, 256 << 20);
}

}  // namespace

int main(int argc, char** argv) {
  keep_freed_memory();
  CLI::App app("Trains, evaluates and exports speaker-verification networks.", "trainer");
  app.require_subcommand(1);
  int status = 0;

  PrepareOptions prepare_options;
  CLI::App* prepare_command =
      app.add_subcommand("prepare", "Make a pack from a corpus, a folder per speaker or a list; goes on after a stop");
  prepare_command
      ->add_option("list", prepare_options.list, "Folder of a corpus, or a list (.jsonl, Common Voice .tsv, text)")
      ->required();
  prepare_command->add_option("--root", prepare_options.root,
                              "What relative paths in the list are relative to (default: the list's folder)");
  prepare_command->add_option("--layout", prepare_options.layout, "Instead of finding it out")
      ->check(CLI::IsMember(layout_names()));
  prepare_command->add_flag("--include-test", prepare_options.include_test,
                            "Keep the corpus's published test speakers too");
  prepare_command->add_option("--out", prepare_options.out, "Folder of the pack")->required();
  prepare_command
      ->add_option("--validation-share", prepare_options.validation_share,
                   "Share of the speakers that go to a pack of their own")
      ->capture_default_str();
  prepare_command->add_option("--validation", prepare_options.validation,
                              "Folder of that pack (default: OUT.validation)");
  prepare_command->add_option("--split-seed", prepare_options.split_seed)->capture_default_str();
  prepare_command->add_flag("--keep-silence", prepare_options.keep_silence,
                            "Keep whole recordings (noise, impulse responses)");
  prepare_command->add_option("--min-seconds", prepare_options.min_seconds, "Leave out recordings with less speech")
      ->capture_default_str();
  prepare_command->add_option("--max-seconds", prepare_options.max_seconds, "Use no more than this of a recording")
      ->capture_default_str();
  prepare_command->add_option("--normalise-db", prepare_options.normalise_db,
                              "RMS that each recording gets, for example -20; never clips");
  prepare_command
      ->add_option("--join-seconds", prepare_options.join_seconds,
                   "Join successive recordings of a speaker and group up to this length")
      ->capture_default_str();
  prepare_command->add_flag("--drop-duplicates", prepare_options.drop_duplicates,
                            "Leave out all but the first of equal recordings");
  prepare_command->add_option("--shard-mib", prepare_options.shard_mib, "Size limit of the pack's audio files")
      ->capture_default_str();
  prepare_command->add_option("--threads", prepare_options.threads, "0: one per core")->capture_default_str();
  prepare_command->callback([&] { prepare(prepare_options); });

  ConfigArguments train_config;
  std::string train_out;
  bool resume = false;
  CLI::App* train_command = app.add_subcommand("train", "Train a network");
  train_config.add_to(train_command);
  train_command->add_option("--out", train_out, "Folder for the checkpoint and the log")->required();
  train_command->add_flag("--resume", resume, "Go on from the checkpoint in --out");
  train_command->callback([&] {
    if (train(train_config.load(), train_out, resume).interrupted) status = kInterrupted;
  });

  ConfigArguments finetune_arguments;
  std::string finetune_checkpoint, finetune_out;
  bool large_margin = false, finetune_resume = false;
  CLI::App* finetune_command =
      app.add_subcommand("finetune", "Train on: on own data with a new head, or with a large margin");
  finetune_command->add_option("checkpoint", finetune_checkpoint, "Of the first training, or of `trainer import`")
      ->required();
  finetune_arguments.add_to(finetune_command);
  finetune_command->add_flag("--large-margin", large_margin,
                             "The last stage: the same head, a wide margin, long crops, a low learning rate");
  finetune_command->add_option("--out", finetune_out, "Folder for the checkpoints and the log")->required();
  finetune_command->add_flag("--resume", finetune_resume, "Go on from the checkpoint in --out");
  finetune_command->callback([&] {
    const auto [file, changes] = finetune_arguments.parts();
    const Config config = finetune_config(finetune_checkpoint, large_margin, file, changes);
    if (train(config, finetune_out, finetune_resume).interrupted) status = kInterrupted;
  });

  std::vector<std::string> join_checkpoints;
  std::string join_out;
  CLI::App* join_command =
      app.add_subcommand("join", "Put trained networks of one shape side by side: their cosines average");
  join_command->add_option("checkpoints", join_checkpoints, "Two or more, of runs with another seed or stage")
      ->required();
  bool join_by_mean = false;
  join_command->add_flag(
      "--mean", join_by_mean,
      "One network of the same size instead, with the mean of their weights: of stages that began with "
      "the same network");
  join_command->add_option("--out", join_out, "The checkpoint to write")->required();
  join_command->callback([&] { (join_by_mean ? average_networks : join_networks)(join_checkpoints, join_out); });

  ConfigArguments lda_config;
  std::string lda_checkpoint, lda_out;
  CLI::App* lda_command = app.add_subcommand(
      "lda",
      "Put long-term statistics beside a trained network, by a linear discriminant (lda.*) of data.pack; or alone");
  lda_config.add_to(lda_command);
  lda_command->add_option("--checkpoint", lda_checkpoint,
                          "Whose network, and whose configuration where file and overrides say nothing");
  lda_command->add_option("--out", lda_out, "The checkpoint to write")->required();
  lda_command->callback([&] {
    const auto [file, changes] = lda_config.parts();
    fit_statistics(load_config(file, changes,
                               lda_checkpoint.empty()
                                   ? nlohmann::json::object()
                                   : to_json(checkpoint_config(read_tensor_file(lda_checkpoint), lda_checkpoint))),
                   lda_checkpoint, lda_out);
  });

  std::string import_file, import_source, import_kind, import_out;
  std::vector<std::string> import_overrides;
  CLI::App* import_command =
      app.add_subcommand("import", "Make a checkpoint of weights that another trainer wrote as safetensors");
  import_command->add_option("file", import_file)->required();
  import_command->add_option("overrides", import_overrides, "For example model.channels=1024");
  import_command->add_option("--from", import_source)->check(CLI::IsMember(import_sources()))->required();
  import_command->add_option("--kind", import_kind, "model.kind; see `trainer models`")->required();
  import_command->add_option("--out", import_out, "The checkpoint")->required();
  import_command->callback([&] {
    const Config config = load_config("", import_overrides, {{"model", {{"kind", import_kind}}}});
    write_tensor_file(import_out, import_tensors(read_tensor_file(import_file), import_file, import_source, config));
  });

  add_eval_command(app);
  add_report_command(app);

  NetworkArguments embed_network;
  std::vector<std::string> embed_paths;
  CLI::App* embed_command = app.add_subcommand("embed", "Embeddings of recordings, one JSON line each");
  embed_network.add_to(embed_command);
  embed_command->add_option("files", embed_paths)->required();
  embed_command->callback([&] { embed(embed_network.load(), embed_paths); });

  NetworkArguments forward_network;
  std::int64_t forward_batch = 1, forward_frames = 0;
  CLI::App* forward_command = app.add_subcommand(
      "forward",
      "Embeddings of features: float32 [batch, frames, bins] on standard input, embeddings on standard output");
  forward_network.add_to(forward_command);
  forward_command->add_option("--batch", forward_batch)->check(CLI::Range(1, 4096))->capture_default_str();
  forward_command->add_option("--frames", forward_frames)->check(CLI::Range(1, 1000000))->required();
  forward_command->callback([&] { forward(forward_network.load(), forward_batch, forward_frames); });

  app.add_subcommand("models", "List the architectures and their sizes")->callback(list_models);

  std::string compare_model, recording_a, recording_b;
  CLI::App* compare_command =
      app.add_subcommand("compare", "Compare two recordings (exit status 0 accept, 1 reject, 2 inconclusive, 3 error)");
  compare_command->add_option("--model", compare_model, "A model folder: model.onnx and manifest.json")->required();
  compare_command->add_option("a", recording_a)->required();
  compare_command->add_option("b", recording_b)->required();
  compare_command->callback([&] { status = compare(compare_model, recording_a, recording_b); });

  ExportOptions export_options;
  CLI::App* export_command =
      app.add_subcommand("export", "Write model.onnx, manifest.json and MODEL_CARD.md from a checkpoint");
  export_command->add_option("checkpoint", export_options.checkpoint)->required();
  export_command->add_option("--out", export_options.out, "The model's folder, for example models/voiceprint-small")
      ->required();
  export_command->add_option("--model-version", export_options.version)->capture_default_str();
  export_command->add_option("--weights", export_options.weights, "How weights are stored")
      ->check(CLI::IsMember({"int8", "fp16", "fp32"}))
      ->capture_default_str();
  export_command
      ->add_option("--trials", export_options.trials, "Trial list or folder that fixes calibration and thresholds")
      ->required();
  export_command->add_option("--audio-root", export_options.audio_root, "What the paths in the lists are relative to");
  export_options.cache = EmbeddingCache::default_folder();
  export_command->add_option("--cohort", export_options.cohort.source,
                             "Strangers for score normalisation: a training pack, or labelled recordings");
  export_command->add_option("--cohort-root", export_options.cohort.root,
                             "What the paths of labelled recordings are relative to");
  export_command->add_option("--cohort-speakers", export_options.cohort.max_speakers)
      ->check(CLI::Range(2, 1000000))
      ->capture_default_str();
  export_command->add_option("--top-n", export_options.top_n, "Highest cohort scores that count")
      ->check(CLI::Range(2, 1000000))
      ->capture_default_str();
  export_command->add_option("--default-operating-point", export_options.default_operating_point)
      ->check(CLI::IsMember({"far-0.2", "far-0.1", "far-0.05", "far-0.01", "far-0.001"}))
      ->capture_default_str();
  export_command->add_flag("--robustness", export_options.robustness,
                           "Measure for the card what noise, rooms, codecs and brevity do");
  export_command->add_option("--noise-pack", export_options.robust.noise_pack, "For --robustness");
  export_command->add_option("--rir-pack", export_options.robust.rir_pack, "For --robustness");
  export_command->add_option("--cache", export_options.cache, "Folder where embeddings are kept for the next time")
      ->capture_default_str();
  export_command->add_option("--data", export_options.data, "What it was trained on, one sentence")->required();
  export_command->add_option("--data-licence", export_options.data_licence)->required();
  export_command->add_option("--recipe", export_options.recipe, "The command that trains it")->required();
  export_command->add_option("--limit", export_options.limits,
                             "A known weakness, for the card; may be given several times");
  export_command->callback([&] { export_model(export_options); });

  ConfigArguments bench_config;
  std::int64_t bench_steps = 10;
  CLI::App* bench_command = app.add_subcommand("bench", "Rates of the loader and of the network, each alone, as JSON");
  bench_config.add_to(bench_command);
  bench_command->add_option("--steps", bench_steps)->check(CLI::Range(1, 10000))->capture_default_str();
  bench_command->callback([&] { std::printf("%s\n", benchmark(bench_config.load(), bench_steps).dump(2).c_str()); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const TrainerError& error) {
    std::fprintf(stderr, "trainer: %s\n", error.what());
    return compare_command->parsed() ? kCompareFailed : stop_requested() ? kInterrupted : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "trainer: internal error: %s\n", error.what());
    return 70;
  }
  return status;
}

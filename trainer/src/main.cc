// trainer prepare | train | eval | embed | compare | export
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "data/prepare.h"
#include "error.h"
#include "run/config.h"
#include "run/evaluate.h"
#include "run/train.h"

namespace {

using namespace voiceprint::trainer;

constexpr int kInterrupted = 130;

struct TrainArguments {
  std::string config, out;
  std::vector<std::string> overrides;
  bool resume = false;
};

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
  CLI::App* prepare_command = app.add_subcommand("prepare", "Make a pack from a folder per speaker, a .jsonl list or a text list");
  prepare_command->add_option("list", prepare_options.list, "Folder, .jsonl or text list")->required();
  prepare_command->add_option("--root", prepare_options.root, "What relative paths in the list are relative to (default: the list's folder)");
  prepare_command->add_option("--out", prepare_options.out, "Folder of the pack")->required();
  prepare_command->add_flag("--keep-silence", prepare_options.keep_silence, "Keep whole recordings (noise, impulse responses)");
  prepare_command->add_option("--min-seconds", prepare_options.min_seconds, "Leave out recordings with less speech")->capture_default_str();
  prepare_command->add_option("--max-seconds", prepare_options.max_seconds, "Use no more than this of a recording")->capture_default_str();
  prepare_command->add_option("--threads", prepare_options.threads, "0: one per core")->capture_default_str();
  prepare_command->callback([&] { prepare(prepare_options); });

  TrainArguments train_arguments;
  CLI::App* train_command = app.add_subcommand("train", "Train a network");
  train_command->add_option("config", train_arguments.config, "JSON configuration (comments allowed)");
  train_command->add_option("overrides", train_arguments.overrides, "section.key=value, for example optim.lr=5e-4");
  train_command->add_option("--out", train_arguments.out, "Folder for the checkpoint and the log")->required();
  train_command->add_flag("--resume", train_arguments.resume, "Go on from the checkpoint in --out");
  train_command->callback([&] {
    const TrainOutcome outcome = train(load_config(train_arguments.config, train_arguments.overrides), train_arguments.out, train_arguments.resume);
    if (outcome.interrupted) status = kInterrupted;
  });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const TrainerError& error) {
    std::fprintf(stderr, "trainer: %s\n", error.what());
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "trainer: internal error: %s\n", error.what());
    return 70;
  }
  return status;
}

// Training end to end on a small made-up pack: it learns, it resumes exactly (also after SIGKILL), and it says what is
// wrong.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <torch/torch.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <thread>

#include "data/batch_loader.h"
#include "data/pack.h"
#include "expect_error.h"
#include "made_up_voices.h"
#include "model/architectures.h"
#include "model/presets.h"
#include "model/torch_network.h"
#include "optim/optimizer.h"
#include "run/checkpoint.h"
#include "run/embedder.h"
#include "run/train.h"
#include "run/training_step.h"
#include "run/write_file.h"
#include "temporary_folder.h"

extern char** environ;

namespace voiceprint::trainer {
namespace {

TEST(Training, OverfitsOneBatch) {
  const TemporaryFolder folder;
  write_voices(folder / "pack", 8, 1);
  Config config = small_config(folder / "pack");
  config.run.steps = 150, config.loss.margin = 0.2;
  const TrainOutcome outcome = train(config, folder / "out", false);
  EXPECT_EQ(outcome.accuracy, 1.0);
  EXPECT_LT(outcome.loss, 0.5);
}

// Of each line of metrics.jsonl what does not depend on the clock.
std::vector<std::string> loss_curve(const std::string& run) {
  std::vector<std::string> curve;
  std::istringstream lines(read_file(run + "/metrics.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    nlohmann::json entry = nlohmann::json::parse(line);
    for (const char* key : {"crops_per_s", "loader_wait", "loader_busy"}) entry.erase(key);
    curve.push_back(entry.dump());
  }
  return curve;
}

TEST(Training, ResumesExactly) {
  const TemporaryFolder folder;
  write_voices(folder / "pack", 8, 3);
  for (const char* optimiser : {"adamw", "sgd", "adam"}) {
    Config config = small_config(folder / "pack");
    config.run.log_every = 1, config.run.checkpoint_every = 7;
    config.augment.noise = config.augment.speed = config.augment.spec = 0.5;
    config.optim.kind = optimiser;
    if (config.optim.kind == "adam") {  // with everything else that has a state of its own
      config.optim.precision = "fp16", config.optim.average = "mean", config.optim.average_share = 0.5;
      config.loss.kind = "sphereface2";
    }
    const std::string whole = folder / (std::string("whole-") + optimiser),
                      parts = folder / (std::string("parts-") + optimiser);
    train(config, whole, false);
    // The same run, killed without warning at any step after its first checkpoint, twice. It may be done by then.
    std::filesystem::create_directories(parts);
    for (int kills = 0; kills < 2; ++kills) {
      const pid_t child = fork();
      if (child == 0) {
        train(config, parts, true);
        _exit(0);
      }
      while (!std::filesystem::exists(parts + "/last.safetensors"))
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      std::this_thread::sleep_for(std::chrono::milliseconds(std::random_device()() % 400));
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
    const TrainOutcome resumed = train(config, parts, true);
    EXPECT_EQ(resumed.step, 60);
    EXPECT_EQ(loss_curve(parts), loss_curve(whole)) << optimiser;
    EXPECT_EQ(loss_curve(parts).size(), 60u);
    EXPECT_EQ(read_tensor_file(parts + "/last.safetensors").tensors.at("model/embed.weight").data,
              read_tensor_file(whole + "/last.safetensors").tensors.at("model/embed.weight").data);
    EXPECT_EQ(read_tensor_file(parts + "/last.safetensors").tensors.at("average/embed.weight").data,
              read_tensor_file(whole + "/last.safetensors").tensors.at("average/embed.weight").data);
  }
}

torch::Tensor flat(const std::vector<torch::Tensor>& tensors) {
  std::vector<torch::Tensor> parts;
  for (const torch::Tensor& tensor : tensors) parts.push_back(tensor.detach().flatten());
  return torch::cat(parts);
}

// compute_step() reads from a tensor what training_step() knows on the host. Rounding differs: of the numbers to
// float32, of the margin's cosine, in the fused optimisers and in the average. Adam makes whole steps of gradients that
// rounding alone keeps from 0, hence the wider bound; the rate is low, so that what differs does not grow.
TEST(Training, StepsInPartsEqualWholeOnes) {
  const TemporaryFolder folder;
  write_voices(folder / "pack", 8, 3);
  Config config = small_config(folder / "pack");
  config.run.steps = 20, config.run.freeze = "input", config.run.unfreeze_at = 0.5;
  config.loss.inter_top_k = 2, config.loss.contrast = 0.5;
  config.optim.lr = 1e-4, config.optim.head_lr_scale = 2, config.optim.average_share = 0.5;
  at::set_num_threads(1);
  const BatchLoader loader(config, 0);
  for (const char* kind : {"sgd", "adamw", "adam"}) {
    config.optim.kind = kind, config.optim.average = config.optim.kind == "sgd" ? "mean" : "ema";
    torch::manual_seed(1);
    TrainingState whole(config, loader.num_classes(), torch::kCPU);
    torch::manual_seed(1);
    TrainingState parts(config, loader.num_classes(), torch::kCPU);
    const torch::Tensor start = flat(whole.model.parameters());
    for (std::int64_t i = 0; i < config.run.steps; ++i) {
      const Batch batch = loader.make(i);
      const StepResult expected = training_step(whole, batch, config), result = begin_step(parts, config);
      const double loss = compute_step(parts, batch, config, numbers_of_step(parts, config, result)).item<double>();
      end_step(parts);
      EXPECT_EQ(parts.step, i + 1);
      EXPECT_EQ(parts.frozen, i < 10);
      EXPECT_EQ(result.margin, expected.margin);
      EXPECT_EQ(result.learning_rate, expected.learning_rate);
      EXPECT_NEAR(loss, expected.loss.item<double>(), 3e-6 * loss) << kind << " step " << i;
    }
    const torch::Tensor end = flat(whole.model.parameters());
    const double way = (end - start).norm().item<double>(), bound = (config.optim.kind == "sgd" ? 3e-4 : 3e-2) * way;
    EXPECT_GT(way, 0.0);
    EXPECT_LE((flat(parts.model.parameters()) - end).norm().item<double>(), bound) << kind;
    EXPECT_LE((flat(parts.average.parameters()) - flat(whole.average.parameters())).norm().item<double>(), bound)
        << kind;
    TensorFile whole_state, parts_state;
    store_optimizer(whole_state, *whole.optimizer), store_optimizer(parts_state, *parts.optimizer);
    ASSERT_EQ(parts_state.tensors.size(), whole_state.tensors.size());
    for (const auto& [name, tensor] : whole_state.tensors) {
      const bool counts_steps = name.ends_with("/step");
      EXPECT_TRUE(!counts_steps || parts_state.at(name, "parts").data == tensor.data) << kind << " " << name;
    }
  }
}

TEST(Training, StopsCleanlyOnSigintAndSigterm) {
  const TemporaryFolder folder;
  write_voices(folder / "pack", 8, 1);
  write_file_atomically(folder / "c.json", to_json([&] {
                                             Config c = small_config(folder / "pack");
                                             c.run.steps = 1000000;
                                             c.run.checkpoint_every = 1;
                                             return c;
                                           }())
                                               .dump());
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string config = folder / "c.json", out = folder / ("out" + std::to_string(signal));
    std::vector<std::string> words = {VOICEPRINT_TRAINER, "train", config, "--out", out};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t child = 0;
    ASSERT_EQ(posix_spawn(&child, VOICEPRINT_TRAINER, nullptr, nullptr, argv.data(), environ), 0);
    while (!std::filesystem::exists(out + "/last.safetensors"))
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    kill(child, signal);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 130);
    EXPECT_GE(checkpoint_number(read_tensor_file(out + "/last.safetensors"), "x", "step"), 1);
  }
}

TEST(Training, SaysWhatIsWrong) {
  const TemporaryFolder folder;
  write_voices(folder / "one", 1, 3);
  write_voices(folder / "four", 4, 1);
  EXPECT_ERROR(train(small_config(folder / "one"), folder / "a", false), "has 1 speaker; training needs at least 2");
  EXPECT_ERROR(train(small_config(folder / "four"), folder / "b", false), "fewer than data.speakers_per_batch = 8");
  EXPECT_ERROR(train(small_config(folder / "none"), folder / "c", false), "is no pack");
  Config config = small_config(folder / "four");
  config.data.speakers_per_batch = 4, config.run.steps = 2;
  train(config, folder / "d", false);
  EXPECT_ERROR(train(config, folder / "d", false), "add --resume");
  write_voices(folder / "five", 5, 1);
  config.data.pack = folder / "five";
  EXPECT_ERROR(train(config, folder / "d", true), "was trained on 4 classes, data.pack has 5");
  config.data.pack = folder / "four";
  config.model.channels = 24;
  EXPECT_ERROR(train(config, folder / "d", true),
               "was trained with model.channels = 16, the configuration has 24; set model.channels=16");
  config.model.channels = 16;
  const auto resumed_with = [&](const auto& change) {
    Config changed = config;
    change(changed);
    return train(changed, folder / "d", true);
  };
  EXPECT_ERROR(resumed_with([](Config& c) { c.optim.kind = "adam"; }), "set optim.kind=adamw");
  EXPECT_ERROR(resumed_with([](Config& c) { c.optim.precision = "fp16"; }), "set optim.precision=fp32");
  EXPECT_ERROR(resumed_with([](Config& c) { c.optim.average = "none"; }), "set optim.average=ema");
  EXPECT_ERROR(resumed_with([](Config& c) { c.loss.kind = "sphereface2"; }), "set loss.kind=aam");
  EXPECT_ERROR(resumed_with([](Config& c) { c.loss.sub_centers = 3; }), "set loss.sub_centers=1");
  EXPECT_ERROR(resumed_with([](Config& c) { c.augment.speed = 0.5; }), "set augment.speed=0");
  EXPECT_ERROR(resumed_with([](Config& c) { c.features.mean_normalisation = "level"; }),
               "set features.mean_normalisation=utterance");
  config.run.device = "cuda";
  if (!torch::cuda::is_available()) {
    EXPECT_ERROR(train(config, folder / "e", false), "no CUDA");
  }
  config.run.device = "cpu", config.run.cuda_graph = true;
  EXPECT_ERROR(train(config, folder / "e", false), "run.cuda_graph = true, but ");
  config.run.cuda_graph = false, config.run.device = "gpu";
  EXPECT_ERROR(train(config, folder / "e", false), "is no device");
  std::filesystem::resize_file(folder / "d/last.safetensors", 1000);
  config.run.device = "cpu";
  EXPECT_ERROR(train(config, folder / "d", true), "not a usable safetensors file");
}

// What is not finite neither replaces a checkpoint nor is taken for one.
TEST(Training, KeepsTheCheckpointFromBeforeItDiverged) {
  const TemporaryFolder folder;
  write_voices(folder / "pack", 8, 1);
  Config config = small_config(folder / "pack");
  config.run.steps = 10;
  train(config, folder / "out", false);
  const std::string before = read_file(folder / "out/last.safetensors");
  // Its loss is looked at every 1000 steps, its weights where they are kept.
  config.run.steps = 60, config.run.log_every = 1000, config.run.checkpoint_every = 10;
  config.optim.lr = 1e30, config.optim.clip_norm = 0;
  EXPECT_ERROR(train(config, folder / "out", true), "is not finite; lower optim.lr or raise optim.warmup");
  EXPECT_EQ(read_file(folder / "out/last.safetensors"), before);

  TensorFile file = read_tensor_file(folder / "out/last.safetensors");
  store_tensor(file, "average/embed.weight", torch::full({16, 96}, std::nanf("")));
  store_tensor(file, "model/embed.weight", torch::full({16, 96}, std::nanf("")));
  write_tensor_file(folder / "out/last.safetensors", file);
  EXPECT_ERROR(train(small_config(folder / "pack"), folder / "out", true), "'model/embed.weight' is not finite");
  EXPECT_ERROR(Embedder::from_checkpoint(folder / "out/last.safetensors"), "'average/embed.weight' is not finite");
}

TEST(Training, LooksAtTheTrialListsFirstAndLosesNothingToOne) {
  const TemporaryFolder folder;
  write_voices(folder / "pack", 8, 1);
  Config config = small_config(folder / "pack");
  config.run.trials = folder / "none.txt", config.run.audio_root = folder / "audio";
  EXPECT_ERROR(train(config, folder / "out", false), "run.trials = ");
  EXPECT_FALSE(std::filesystem::exists(folder / "out/metrics.jsonl"));
  // All files are there, but none is audio: only the evaluation, at step 9, finds that.
  std::filesystem::create_directories(folder / "audio");
  for (const std::string name : {"a.wav", "b.wav", "c.wav"})
    write_file_atomically(folder / ("audio/" + name), "no audio");
  write_file_atomically(folder / "trials.txt", "1 a.wav b.wav\n0 a.wav c.wav\n");
  config.run.trials = folder / "trials.txt", config.run.eval_every = 9;
  EXPECT_ERROR(train(config, folder / "out", false), "a.wav");
  EXPECT_EQ(read_tensor_file(folder / "out/last.safetensors").metadata.at("step"), "9");
}

TEST(Loader, GivesTheSameBatchesFromAnyStart) {
  const TemporaryFolder folder;
  write_voices(folder / "pack", 8, 2);
  Config config = small_config(folder / "pack");
  config.augment.noise = 1, config.data.loader_threads = 2, config.data.max_crop_s = 0.9;
  BatchLoader from_start(config, 0), from_third(config, 3);
  for (int step = 0; step < 3; ++step) from_start.next();
  for (int step = 3; step < 6; ++step) {
    const Batch a = from_start.next(), b = from_third.next();
    EXPECT_TRUE(torch::equal(a.features, b.features));
    EXPECT_TRUE(torch::equal(a.labels, b.labels));
    EXPECT_LT(a.features.mean(1).abs().max().item<double>(), 1e-3);  // mean-normalised per crop
  }
}

// What the loader gives of an unaugmented crop is what the front end gives of the same samples.
TEST(Loader, GivesTheFeaturesOfTheConfiguration) {
  const TemporaryFolder folder;
  write_voices(folder / "pack", 8, 1);
  nlohmann::json json = to_json(small_config(folder / "pack"));
  json.erase("model");
  json["data"]["min_crop_s"] = json["data"]["max_crop_s"] = 1.5;  // the whole recording
  json["data"]["crops_per_speaker"] = 1;
  for (const char* kind : kFeatureKindNames) {
    // Mel-spectrogram and MFCC less their level only.
    const MeanNormalisation normalisation = kind[0] == 'm' ? MeanNormalisation::kLevel : MeanNormalisation::kUtterance;
    json["features"] = {{"kind", kind},
                        {"mean_normalisation", kMeanNormalisationNames[static_cast<std::size_t>(normalisation)]}};
    const Config config = config_from_json(json, kind);
    const Batch batch = BatchLoader(config, 0).next();
    const Pack pack(folder / "pack");
    const auto pcm = pack.samples(pack.records()[static_cast<std::size_t>(batch.labels[0].item<std::int64_t>())]);
    std::vector<float> samples(pcm.begin(), pcm.end());
    for (float& sample : samples) sample /= 32768.0f;
    FeatureMatrix expected = make_extractor(config).compute(samples);
    subtract_mean(expected.values, expected.num_bins, normalisation);
    ASSERT_EQ(batch.features.size(1), static_cast<std::int64_t>(expected.num_frames())) << kind;
    ASSERT_EQ(batch.features.size(2), feature_bins(config)) << kind;
    const torch::Tensor row = batch.features[0].contiguous();
    EXPECT_TRUE(std::equal(expected.values.begin(), expected.values.end(), row.const_data_ptr<float>())) << kind;
  }
}

}  // namespace
}  // namespace voiceprint::trainer

// What surrounds training: which checkpoints are kept, when it stops early, where weights come from and which are
// frozen, the stages of fine-tuning.
#include <sndfile.h>
#include <torch/torch.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "expect_error.h"
#include "made_up_voices.h"
#include "run/checkpoint.h"
#include "run/finetune.h"
#include "run/pretrained.h"
#include "run/run_checkpoints.h"
#include "run/train.h"
#include "run/training_step.h"
#include "run/version.h"
#include "run/write_file.h"
#include "temporary_folder.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

// Louder and softer four times a second, as syllables are: the front end takes a steady sound for noise.
void write_wav(const std::string& path, std::vector<float> samples) {
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] *= static_cast<float>(std::pow(std::sin(3.14159265358979 * 4 * static_cast<double>(i) / 16000), 4));
  SF_INFO info{};
  info.samplerate = 16000, info.channels = 1, info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  ASSERT_NE(file, nullptr);
  sf_write_float(file, samples.data(), static_cast<sf_count_t>(samples.size()));
  sf_close(file);
}

// Two conditions over speakers 0 to 4 (higher voices the front end takes for noise), in folders of their own: whether
// recordings are of one speaker, which is easy, and which of two recordings of a pair came first, which is chance.
void write_trials(const TemporaryFolder& folder) {
  fs::create_directories(folder / "trials");
  std::ofstream easy(folder / "trials/easy.txt"), chance(folder / "trials/chance.txt");
  const auto trial = [](int label, int a, int b) {
    return std::to_string(label) + " " + std::to_string(a) + "/0.wav " + std::to_string(b) + "/1.wav\n";
  };
  for (int s = 0; s < 5; ++s) {
    fs::create_directories(folder / std::to_string(s));
    for (int r = 0; r < 2; ++r)
      write_wav(folder / (std::to_string(s) + "/" + std::to_string(r) + ".wav"), voice(s, 10 + r));
    easy << trial(1, s, s) << trial(0, s, (s + 1) % 5);
    chance << trial(1, s, (s + 1) % 5) << trial(0, (s + 1) % 5, s);
  }
}

std::vector<nlohmann::json> metrics_of(const std::string& run) {
  std::vector<nlohmann::json> lines;
  std::istringstream text(read_file(run + "/metrics.jsonl"));
  for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

// A run that was stopped when it had written `checkpoint`.
void make_stopped_run(const std::string& checkpoint, const std::string& run) {
  fs::create_directories(run);
  fs::copy_file(checkpoint, run + "/last.safetensors");
}

void expect_same_checkpoint(const std::string& a, const std::string& b) {
  const TensorFile x = read_tensor_file(a), y = read_tensor_file(b);
  EXPECT_EQ(x.metadata, y.metadata);
  ASSERT_EQ(x.tensors.size(), y.tensors.size());
  for (const auto& [name, tensor] : x.tensors) EXPECT_EQ(tensor.data, y.at(name, b).data) << name;
}

TEST(Run, KeepsTheNewestNumberedCheckpointsAndWhatMadeThem) {
  const TemporaryFolder folder;
  write_voices(folder / "pack", 8, 1);
  Config config = small_config(folder / "pack");
  config.run.steps = 22, config.run.keep_every = 5, config.run.keep_last = 2;
  train(config, folder / "out", false);
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder / "out")) {
    const std::string name = entry.path().filename();
    names.insert(name.substr(0, name.find(".out.tfevents")));
  }
  EXPECT_EQ(names, (std::set<std::string>{"config.json", "events", "last.safetensors", "metrics.jsonl",
                                          "step-15.safetensors", "step-20.safetensors"}));
  const TensorFile file = read_tensor_file(folder / "out/step-20.safetensors");
  EXPECT_EQ(file.metadata.at("step"), "20");
  EXPECT_EQ(file.metadata.at("git_version"), git_version());
  EXPECT_EQ(checkpoint_speakers(file), (std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7"}));
  EXPECT_EQ(to_json(checkpoint_config(file, "x")), to_json(config));
}

TEST(Run, KeepsTheBestAndStopsEarlyAtTheSameStepWhenResumed) {
  const TemporaryFolder folder;
  write_voices(folder / "pack", 8, 2);
  write_trials(folder);
  Config config = small_config(folder / "pack");
  config.run.trials = folder / "trials", config.run.audio_root = folder / "";
  config.run.steps = 1000, config.run.eval_every = 4, config.run.patience = 3;
  config.run.keep_every = 4, config.run.keep_last = 0, config.run.checkpoint_every = 4;
  const TrainOutcome whole = train(config, folder / "whole", false);
  EXPECT_TRUE(whole.stopped_early);
  EXPECT_FALSE(whole.interrupted);
  EXPECT_LT(whole.step, 1000);

  // The best is the first evaluation of the lowest mean, and three evaluations follow it.
  double best = 2;
  std::int64_t best_step = 0;
  for (const auto& line : metrics_of(folder / "whole")) {
    if (!line.contains("eer")) continue;
    const double mean = (line["eer"]["easy"].get<double>() + line["eer"]["chance"].get<double>()) / 2;
    if (mean < best) best = mean, best_step = line["step"];
  }
  EXPECT_EQ(whole.best_eer, best);
  EXPECT_EQ(whole.step, best_step + 3 * 4);
  const TensorFile kept = read_tensor_file(best_checkpoint(folder / "whole"));
  EXPECT_EQ(checkpoint_number(kept, "best", "step"), best_step);
  EXPECT_EQ(std::stod(kept.metadata.at("best_eer")), best);

  make_stopped_run(folder / ("whole/step-" + std::to_string(whole.step - 4) + ".safetensors"), folder / "parts");
  const TrainOutcome resumed = train(config, folder / "parts", true);
  EXPECT_TRUE(resumed.stopped_early);
  EXPECT_EQ(resumed.step, whole.step);
  expect_same_checkpoint(last_checkpoint(folder / "parts"), last_checkpoint(folder / "whole"));
  EXPECT_EQ(train(config, folder / "parts", true).step, whole.step);  // once more: nothing is left to do
}

TEST(Run, EvaluationHistoryCountsFromTheBest) {
  EvaluationHistory history;
  EXPECT_TRUE(history.note(10, 0.3));
  EXPECT_FALSE(history.note(20, 0.3));  // no lower
  EXPECT_FALSE(history.note(30, 0.4));
  EXPECT_EQ(history.without_gain, 2);
  EXPECT_TRUE(history.note(40, 0.2));
  EXPECT_EQ(history.without_gain, 0);
  EXPECT_EQ(history.best_eer, 0.2);
  EXPECT_EQ(history.at_step, 40);
}

TEST(Run, FrozenLayersKeepEverythingUntilTheyThawAndResumeExactly) {
  const TemporaryFolder folder;
  write_voices(folder / "pack", 8, 1);
  Config config = small_config(folder / "pack");
  config.run.freeze = "input,block1.res2", config.run.unfreeze_at = 0.5;
  config.run.steps = 24, config.run.keep_every = 6, config.run.keep_last = 0;
  train(config, folder / "whole", false);

  torch::manual_seed(config.run.seed);
  const TrainingState initial(config, 8, torch::kCPU);
  const TensorFile before = read_tensor_file(folder / "whole/step-12.safetensors"),
                   after = read_tensor_file(folder / "whole/step-18.safetensors");
  int frozen = 0;
  for (const auto& [name, tensor] : initial.model.named_tensors()) {
    TensorFile file;
    store_tensor(file, "x", tensor);
    const bool is_frozen = name.rfind("input.", 0) == 0 || name.rfind("block1.res2.", 0) == 0;
    frozen += is_frozen;
    EXPECT_EQ(before.at("model/" + name, "12").data == file.tensors["x"].data, is_frozen) << name;
    EXPECT_NE(after.at("model/" + name, "18").data, file.tensors["x"].data) << name;
    EXPECT_EQ(before.at("average/" + name, "12").data == file.tensors["x"].data, is_frozen) << name;
  }
  EXPECT_EQ(frozen, 6 + 7 * 6);

  for (const char* step : {"6", "12", "18"}) {
    const std::string parts = folder / (std::string("parts-") + step);
    make_stopped_run(folder / ("whole/step-" + std::string(step) + ".safetensors"), parts);
    train(config, parts, true);
    expect_same_checkpoint(last_checkpoint(parts), last_checkpoint(folder / "whole"));
  }
  config.run.freeze = "imput";
  EXPECT_ERROR(train(config, folder / "wrong", false),
               "run.freeze: the network has no layer 'imput'; did you mean "
               "'input'");
}

TEST(Run, AFrozenBackboneTrainsTheHeadAlone) {
  const TemporaryFolder folder;
  write_voices(folder / "pack", 8, 1);
  Config config = small_config(folder / "pack");
  config.run.freeze = "backbone", config.run.steps = 4, config.optim.precision = "fp16";
  train(config, folder / "out", false);
  torch::manual_seed(config.run.seed);
  const TrainingState initial(config, 8, torch::kCPU);
  TensorFile file;
  store_tensors(file, "model/", initial.model.named_tensors());
  store_tensors(file, "head/", named_tensors(*initial.head));
  const TensorFile trained = read_tensor_file(last_checkpoint(folder / "out"));
  for (const auto& [name, tensor] : file.tensors)
    EXPECT_EQ(trained.at(name, "out").data == tensor.data, name.rfind("model/", 0) == 0) << name;
}

torch::Tensor stored(const TensorFile& file, const std::string& name) {
  const StoredTensor& tensor = file.at(name, "test");
  return torch::from_blob(const_cast<char*>(tensor.data.data()), tensor.shape).clone();
}

// Speakers 2 to 9 with speed classes, after speakers 0 to 7 with speed classes.
TEST(Pretrained, KeepsWhatFitsAndTheRowsOfKnownSpeakers) {
  const TemporaryFolder folder;
  write_voices(folder / "first", 8, 1);
  Config config = small_config(folder / "first");
  config.run.steps = 3, config.augment.speed = 0.5, config.loss.sub_centers = 2;
  train(config, folder / "out", false);
  const std::string checkpoint = last_checkpoint(folder / "out");
  const TensorFile file = read_tensor_file(checkpoint);

  torch::manual_seed(5);
  TrainingState state(config, 24, torch::kCPU);
  const torch::Tensor fresh = state.head->weight.detach().clone();
  state.speakers = {"2", "3", "4", "5", "6", "7", "8", "9"};
  const PretrainedReport report = load_pretrained(checkpoint, config, state);
  EXPECT_EQ(report.loaded.size(), state.model.named_tensors().size());
  EXPECT_TRUE(report.other_shape.empty() && report.missing.empty() && report.unused.empty());
  EXPECT_EQ(report.classes_kept, 18);
  EXPECT_EQ(report.classes, 24);
  for (const auto& [name, tensor] : state.model.named_tensors())
    EXPECT_TRUE(torch::equal(tensor, stored(file, "average/" + name))) << name;
  const torch::Tensor rows = state.head->weight.detach().view({3, 8, 2, 16}),
                      old_rows = stored(file, "head/weight").view({3, 8, 2, 16}),
                      fresh_rows = fresh.view({3, 8, 2, 16});
  EXPECT_TRUE(torch::equal(rows.narrow(1, 0, 6), old_rows.narrow(1, 2, 6)));
  EXPECT_TRUE(torch::equal(rows.narrow(1, 6, 2), fresh_rows.narrow(1, 6, 2)));

  // Without speed classes the rows of the unperturbed voices stay; with another embedding size none do.
  TrainingState plain(config, 8, torch::kCPU);
  plain.speakers = checkpoint_speakers(file);
  EXPECT_EQ(load_pretrained(checkpoint, config, plain).classes_kept, 8);
  EXPECT_TRUE(torch::equal(plain.head->weight.detach().view({8, 2, 16}), old_rows[0]));
  Config wide = config;
  wide.model.embedding_dim = 24;
  TrainingState other(wide, 8, torch::kCPU);
  other.speakers = plain.speakers;
  const PretrainedReport partly = load_pretrained(checkpoint, wide, other);
  EXPECT_EQ(partly.classes_kept, 0);
  EXPECT_EQ(partly.other_shape.front(), "embed.weight");
  EXPECT_NE(format_report(partly).find("other shape, left as initialised"), std::string::npos);
  EXPECT_NE(format_report(partly).find("head: new"), std::string::npos);
}

TEST(Pretrained, SaysWhatIsWrong) {
  const TemporaryFolder folder;
  write_voices(folder / "pack", 8, 1);
  Config config = small_config(folder / "pack");
  config.run.steps = 1;
  train(config, folder / "first", false);
  config.run.init = last_checkpoint(folder / "first");
  Config other = config;
  other.model.kind = "ecapa_tdnn_groove";
  EXPECT_ERROR(train(other, folder / "a", false),
               "run.init was trained with model.kind = ecapa_tdnn, the configuration says ecapa_tdnn_groove; set "
               "model.kind=ecapa_tdnn");
  EXPECT_ERROR(train(other, folder / "first", true), "set model.kind=ecapa_tdnn");
  EXPECT_FALSE(fs::exists(folder / "a/config.json"));
  TensorFile foreign;
  foreign.tensors["fc.weight"] = {"F32", {1}, std::string(4, '\0')};
  write_tensor_file(folder / "foreign.safetensors", foreign);
  config.run.init = folder / "foreign.safetensors";
  EXPECT_ERROR(train(config, folder / "b", false), "run.init holds no tensor that fits model.kind = ecapa_tdnn");
  fs::resize_file(folder / "first/last.safetensors", 5000);
  config.run.init = last_checkpoint(folder / "first");
  EXPECT_ERROR(train(config, folder / "c", false), "not a usable safetensors file");
  config.run.init = folder / "none.safetensors";
  EXPECT_ERROR(train(config, folder / "d", false), "none.safetensors: cannot be read");
}

TEST(Pretrained, RefusesToResumeWithOtherSpeakers) {
  const TemporaryFolder folder;
  write_voices(folder / "pack", 8, 1);
  write_voices(folder / "others", 8, 1, 1);
  Config config = small_config(folder / "pack");
  config.run.steps = 1;
  train(config, folder / "out", false);
  config.data.pack = folder / "others";
  EXPECT_ERROR(train(config, folder / "out", true), "was trained on other speakers ('0' where data.pack has '1')");
}

TEST(Finetune, LargeMarginGoesOnWithTheHead) {
  const TemporaryFolder folder;
  write_voices(folder / "pack", 8, 2);  // 3 s of each speaker
  Config config = small_config(folder / "pack");
  config.run.steps = 40, config.augment.speed = 0.5;
  train(config, folder / "first", false);
  const std::string checkpoint = last_checkpoint(folder / "first");

  const Config stage = finetune_config(checkpoint, true, "", {"run.log_every=1", "run.eval_every=7"});
  EXPECT_EQ(stage.data.min_crop_s, 3.0);
  EXPECT_EQ(stage.data.max_crop_s, 3.0);
  EXPECT_EQ(stage.data.speakers_per_batch, 4);
  EXPECT_EQ(stage.augment.speed, 0.0);
  EXPECT_EQ(stage.run.steps, 2);
  EXPECT_EQ(stage.run.eval_every, 7);
  EXPECT_EQ(stage.run.init, checkpoint);
  EXPECT_EQ(stage.model.channels, 16);
  train(stage, folder / "second", false);
  const auto metrics = metrics_of(folder / "second");
  ASSERT_EQ(metrics.size(), 2u);
  EXPECT_EQ(metrics[0]["margin"], 0.5);
  EXPECT_EQ(metrics[1]["margin"], 0.5);
  EXPECT_LE(metrics[1]["lr"].get<double>(), 1e-4);
  EXPECT_EQ(checkpoint_number(read_tensor_file(last_checkpoint(folder / "second")), "x", "num_classes"), 8);

  const Config changed = finetune_config(checkpoint, true, "", {"loss.margin=0.4", "data.min_crop_s=2"});
  EXPECT_EQ(changed.loss.margin, 0.4);
  EXPECT_EQ(changed.data.min_crop_s, 2.0);
  EXPECT_EQ(changed.data.max_crop_s, 3.0);
  // The margin is that of the kind of loss that the stage has.
  EXPECT_EQ(finetune_config(checkpoint, true, "", {"loss.kind=am"}).loss.margin, 0.3);
  EXPECT_ERROR(finetune_config(checkpoint, true, "", {"loss.kind=cross_entropy"}), "has no margin to enlarge");
  // Without rows for the speakers it would not go on with the head.
  EXPECT_ERROR(finetune_config(checkpoint, true, "", {"loss.sub_centers=3"}), "was trained with loss.sub_centers = 1");
  write_voices(folder / "more", 9, 2);
  EXPECT_ERROR(finetune_config(checkpoint, true, "", {"data.pack=" + (folder / "more")}), "has no row for speaker '8'");
}

TEST(Finetune, OwnDataGetsANewHeadFirst) {
  const TemporaryFolder folder;
  write_voices(folder / "pack", 8, 1);
  write_voices(folder / "own", 9, 1);  // its speakers have the same names by chance
  Config config = small_config(folder / "pack");
  config.run.steps = 2;
  train(config, folder / "first", false);
  const std::string checkpoint = last_checkpoint(folder / "first");
  const Config stage = finetune_config(checkpoint, false, "", {"data.pack=" + (folder / "own"), "run.steps=40"});
  EXPECT_EQ(stage.optim.backbone_lr_scale, 0.5);
  EXPECT_EQ(stage.run.freeze, "backbone");
  EXPECT_EQ(stage.run.unfreeze_at, 0.05);
  TrainingState state(stage, 9, torch::kCPU);
  state.speakers = {"0", "1", "2", "3", "4", "5", "6", "7", "8"};
  EXPECT_EQ(load_pretrained(checkpoint, stage, state).classes_kept, 0);
  EXPECT_EQ(train(stage, folder / "second", false).step, 40);
  EXPECT_ERROR(finetune_config(folder / "none.safetensors", false, "", {}), "cannot be read");
  EXPECT_ERROR(finetune_config(checkpoint, false, "", {"run.stps=1"}), "did you mean 'run.steps'");
}

}  // namespace
}  // namespace voiceprint::trainer

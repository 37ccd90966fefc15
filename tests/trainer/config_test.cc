// The configuration: defaults, overrides, and a message with the cure for every mistake.
#include "run/config.h"

#include "expect_error.h"
#include "optim/schedule.h"
#include "run/write_file.h"
#include "temporary_folder.h"

namespace voiceprint::trainer {
namespace {

TEST(Config, RoundTripsThroughJson) {
  Config config;
  config.optim.lr = 3e-4;
  config.model.channels = 64;
  config.data.pack = "a b";
  const Config back = config_from_json(to_json(config), "test");
  EXPECT_EQ(to_json(back), to_json(config));
  EXPECT_EQ(back.optim.lr, 3e-4);
}

TEST(Config, ReadsCommentsAndOverrides) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "c.json", "// a comment\n{ \"optim\": { \"lr\": 1e-3 /* high */ } }");
  const Config config =
      load_config(folder / "c.json", {"optim.lr=5e-4", "data.pack=some/folder", "model.embedding_dim=256"});
  EXPECT_EQ(config.optim.lr, 5e-4);
  EXPECT_EQ(config.data.pack, "some/folder");
  EXPECT_EQ(config.model.embedding_dim, 256);
}

TEST(Config, NamesTheNearestKey) {
  EXPECT_ERROR(load_config("", {"optim.learning_rte=1"}), "unknown key 'optim.learning_rte'; did you mean 'optim.");
  EXPECT_ERROR(load_config("", {"optim.lrr=1"}), "did you mean 'optim.lr'");
  EXPECT_ERROR(load_config("", {"modle.channels=8"}), "did you mean 'model.channels'");
  EXPECT_ERROR(load_config("", {"model.kind=ecapa"}), "did you mean \"ecapa_tdnn\"");
}

TEST(Config, RefusesWrongTypesAndRanges) {
  EXPECT_ERROR(load_config("", {"optim.lr=fast"}), "optim.lr = \"fast\" must be a number");
  EXPECT_ERROR(load_config("", {"run.steps=1.5"}), "must be a whole number");
  EXPECT_ERROR(load_config("", {"augment.noise=1.5"}), "must lie between 0 and 1");
  EXPECT_ERROR(load_config("", {"data.min_crop_s=3", "data.max_crop_s=2"}),
               "data.min_crop_s must not exceed data.max_crop_s");
  EXPECT_ERROR(load_config("", {"model.channels=20"}), "multiple of model.res2_scale");
  EXPECT_ERROR(load_config("", {"lr=1"}), "section.key=value");
  EXPECT_ERROR(load_config("/no/such.json", {}), "/no/such.json");
}

TEST(Config, SaysWhereJsonBreaks) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "c.json", "{ \"optim\": ");
  EXPECT_ERROR(load_config(folder / "c.json", {}), "not valid JSON");
  write_file_atomically(folder / "c.json", "[]");
  EXPECT_ERROR(load_config(folder / "c.json", {}), "must hold one JSON object");
}

TEST(Schedule, WarmsUpThenFalls) {
  OptimConfig optim;
  optim.lr = 1e-3, optim.final_lr = 1e-5, optim.warmup = 0.1;
  EXPECT_NEAR(learning_rate(optim, 0, 1000), 1e-5, 1e-12);
  EXPECT_NEAR(learning_rate(optim, 99, 1000), 1e-3, 1e-12);
  EXPECT_NEAR(learning_rate(optim, 550, 1000), (1e-3 + 1e-5) / 2, 1e-9);
  EXPECT_NEAR(learning_rate(optim, 1000, 1000), 1e-5, 1e-12);
}

TEST(Schedule, MarginGrowsLinearly) {
  LossConfig loss;
  loss.margin = 0.3, loss.margin_start = 0.2, loss.margin_end = 0.6;
  EXPECT_EQ(margin_at(loss, 0, 100), 0.0);
  EXPECT_NEAR(margin_at(loss, 40, 100), 0.15, 1e-12);
  EXPECT_EQ(margin_at(loss, 60, 100), 0.3);
}

}  // namespace
}  // namespace voiceprint::trainer

// The configuration: defaults, overrides, and a message with the cure for every mistake.
#include "run/config.h"

#include "expect_error.h"
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

TEST(Config, ReadsBooleans) {
  EXPECT_TRUE(load_config("", {"loss.easy_margin=true"}).loss.easy_margin);
  EXPECT_ERROR(load_config("", {"loss.easy_margin=1"}), "loss.easy_margin = 1 must be true or false");
}

TEST(Config, RefusesWhatALossCannotUse) {
  EXPECT_ERROR(load_config("", {"loss.kind=triplet", "data.crops_per_speaker=1"}),
               "it needs data.crops_per_speaker of at least 2");
  EXPECT_ERROR(load_config("", {"loss.kind=cross_entropy", "loss.sub_centers=2"}), "set loss.sub_centers to 1");
  EXPECT_ERROR(load_config("", {"loss.kind=am", "loss.easy_margin=true"}), "loss.easy_margin belongs to");
  EXPECT_ERROR(load_config("", {"loss.kind=arm", "loss.inter_top_k=5"}), "loss.inter_top_k belongs to");
  EXPECT_ERROR(load_config("", {"loss.kind=sphereface2", "loss.label_smoothing=0.1"}), "no softmax to smooth");
  EXPECT_ERROR(load_config("", {"optim.schedule=exponential", "optim.final_lr=0"}), "optim.final_lr above 0");
  EXPECT_ERROR(load_config("", {"loss.kind=aamm"}), "did you mean \"aam\"");
}

TEST(Config, SaysWhereJsonBreaks) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "c.json", "{ \"optim\": ");
  EXPECT_ERROR(load_config(folder / "c.json", {}), "not valid JSON");
  write_file_atomically(folder / "c.json", "[]");
  EXPECT_ERROR(load_config(folder / "c.json", {}), "must hold one JSON object");
}

}  // namespace
}  // namespace voiceprint::trainer

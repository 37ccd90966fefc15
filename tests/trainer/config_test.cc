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
  EXPECT_ERROR(load_config("", {"optim.learning_rate=1"}),
               "unknown key 'optim.learning_rate'; did you mean 'optim.lr'");
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

TEST(Config, RefusesWhatAugmentationCannotDo) {
  EXPECT_ERROR(load_config("", {"augment.codecs=mu_law,oppus"}), "did you mean \"opus\"");
  EXPECT_ERROR(load_config("", {"augment.codecs="}), "augment.codecs names \"\"");
  EXPECT_EQ(codec_families("gsm,mu_law"), (std::vector<CodecFamily>{CodecFamily::kGsm, CodecFamily::kMuLaw}));
  EXPECT_ERROR(load_config("", {"augment.noise_coloured=0.6", "augment.noise_babble=0.6"}), "together at most 1");
  EXPECT_ERROR(load_config("", {"augment.babble=-0.1"}), "must lie between 0 and 1");
  EXPECT_ERROR(load_config("", {"augment.babble_min_voices=9"}), "must not exceed babble_max_voices");
  EXPECT_ERROR(load_config("", {"augment.babble_min_snr_db=30"}), "must not exceed babble_max_snr_db");
  EXPECT_ERROR(load_config("", {"augment.room_min_rt60_s=1"}), "must not exceed room_max_rt60_s");
  EXPECT_ERROR(load_config("", {"augment.codec_max_compression=0.5", "augment.codec_min_compression=0.6"}),
               "must not exceed codec_max_compression");
  EXPECT_ERROR(load_config("", {"augment.clip_share=0.9"}), "must lie between 0 and 0.5");
}

TEST(Config, RefusesWhatASamplerCannotDo) {
  EXPECT_ERROR(load_config("", {"data.sampler=ballanced"}), "did you mean \"balanced\"");
  EXPECT_ERROR(load_config("", {"data.sampler=random", "loss.contrast=1"}), "need another sampler");
  EXPECT_ERROR(load_config("", {"data.sampler=random", "loss.kind=triplet"}), "need another sampler");
  EXPECT_ERROR(load_config("", {"data.prefetch=0"}), "must lie between 1 and 1024");
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

TEST(Config, RefusesWhatACudaGraphCannotHold) {
  EXPECT_TRUE(load_config("", {"run.cuda_graph=true"}).run.cuda_graph);
  EXPECT_ERROR(load_config("", {"run.cuda_graph=true", "optim.precision=fp16"}), "run.cuda_graph needs bf16 or fp32");
  EXPECT_ERROR(load_config("", {"run.cuda_graph=true", "data.whole_utterances=true"}),
               "data.whole_utterances gives nearly every batch a size of its own: run.cuda_graph");
}

TEST(Features, DefaultsFollowTheKind) {
  const Config fbank = load_config("", {});
  EXPECT_EQ(feature_bins(fbank), 80);
  EXPECT_EQ(front_end_options(fbank).feature_kind, FeatureKind::kFbank);
  EXPECT_EQ(front_end_options(fbank).fbank.preemphasis, FbankOptions{}.preemphasis);
  EXPECT_EQ(front_end_options(fbank).fbank.low_frequency_hz, FbankOptions{}.low_frequency_hz);

  const Config mfcc = load_config("", {"features.kind=mfcc"});
  EXPECT_EQ(feature_bins(mfcc), 40);
  EXPECT_EQ(mfcc.model.num_mel_bins, 40);
  EXPECT_EQ(front_end_options(mfcc).feature_kind, FeatureKind::kMfcc);
  EXPECT_EQ(front_end_options(mfcc).spectrogram.num_mel_bins, 128);
  EXPECT_EQ(front_end_options(mfcc).spectrogram.low_frequency_hz, 0);
  EXPECT_EQ(front_end_options(mfcc).spectrogram.frame_shift_ms, 12.5f);
  EXPECT_EQ(feature_bins(load_config("", {"features.kind=spectrogram"})), 201);
  EXPECT_EQ(feature_bins(load_config("", {"features.kind=mel_spectrogram"})), 128);
}

TEST(Features, AreChosenKeyByKey) {
  const Config config = load_config("", {"features.kind=mel_spectrogram", "features.num_mel_bins=64",
                                         "features.low_frequency_hz=50", "features.frame_length_ms=64"});
  EXPECT_EQ(feature_bins(config), 64);
  EXPECT_EQ(front_end_options(config).spectrogram.low_frequency_hz, 50);
  EXPECT_EQ(front_end_options(config).spectrogram.high_frequency_hz, 8000);
  EXPECT_EQ(make_extractor(config).num_frames(32000), 161u);
  const Config back = config_from_json(to_json(config), "test");
  EXPECT_EQ(to_json(back), to_json(config));
  EXPECT_EQ(feature_bins(load_config("", {"features.num_mel_bins=40"})), 40);
}

TEST(Features, WhichMeanIsSubtracted) {
  EXPECT_EQ(front_end_options(load_config("", {})).mean_normalisation, MeanNormalisation::kUtterance);
  const Config level = load_config("", {"features.kind=mfcc", "features.mean_normalisation=level"});
  EXPECT_EQ(front_end_options(level).mean_normalisation, MeanNormalisation::kLevel);
  EXPECT_EQ(to_json(config_from_json(to_json(level), "test")), to_json(level));
  EXPECT_ERROR(load_config("", {"features.mean_normalisation=levels"}), "did you mean \"level\"");
}

TEST(Features, RefusesWhatDoesNotGoTogether) {
  EXPECT_ERROR(load_config("", {"features.kind=mfc"}), "did you mean \"mfcc\"");
  EXPECT_ERROR(load_config("", {"features.kind=mfcc", "features.num_coefficients=129"}),
               "configuration: features: mfcc option num_coefficients must be 1..num_mel_bins");
  EXPECT_ERROR(load_config("", {"features.kind=mfcc", "features.frame_length_ms=25.1"}), "multiple of 4 samples");
  EXPECT_ERROR(load_config("", {"features.low_frequency_hz=8000"}), "features: Fbank option high_frequency_hz");
  EXPECT_ERROR(load_config("", {"features.kind=mfcc", "model.num_mel_bins=80"}),
               "model.num_mel_bins = 80, but mfcc features have 40 bins; leave the key out");
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

#include "voiceprint/gallery.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "test_signals.h"
#include "voiceprint/scoring.h"

namespace voiceprint {
namespace {

using Bytes = std::vector<std::uint8_t>;

Gallery make_gallery(std::size_t dimension = 192, GalleryPrecision precision = GalleryPrecision::kFloat32) {
  GalleryOptions options;
  options.model_sha256.fill(7);
  options.model_name = "voiceprint-small 0.1.0";
  options.dimension = dimension;
  options.precision = precision;
  return std::move(*Gallery::create(options));
}

std::vector<float> embedding(unsigned seed, std::size_t dimension = 192) {
  return testing::noise(dimension, 1, seed);
}

EmbeddingInfo at_time(std::int64_t ms, EmbeddingOrigin origin = EmbeddingOrigin::kEnrolled) {
  return {ms, 4.5f, 20, 7000, origin};
}

// Voiceprints of one to three embeddings, added out of order.
Gallery make_filled(std::size_t num_voiceprints, std::size_t dimension, GalleryPrecision precision) {
  Gallery gallery = make_gallery(dimension, precision);
  for (std::size_t round = 0; round < 3; ++round)
    for (std::size_t v = num_voiceprints; v-- > 0;) {
      if (round > v % 3) continue;
      EXPECT_TRUE(gallery.add("speaker " + std::to_string(1000 + v),
                              embedding(static_cast<unsigned>(10 * v + round + 1), dimension),
                              at_time(static_cast<std::int64_t>(1000 + round))));
    }
  return gallery;
}

ErrorCode parse_error(const Bytes& file) {
  const auto gallery = Gallery::parse(file);
  return gallery ? ErrorCode::kOk : gallery.error().code;
}

void put32(Bytes& file, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) file[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

// CRC-32 bit by bit: an oracle, and the way to test what lies behind the checksum.
std::uint32_t slow_crc32(const Bytes& bytes, std::size_t count) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (std::size_t i = 0; i < 8 * count; ++i) {
    const std::uint32_t bit = (bytes[i / 8] >> (i % 8)) & 1;
    crc = (crc >> 1) ^ ((crc ^ bit) & 1 ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

void sign(Bytes& file) {
  put32(file, file.size() - 4, slow_crc32(file, file.size() - 4));
}

class GalleryOfEachPrecision : public ::testing::TestWithParam<GalleryPrecision> {};
INSTANTIATE_TEST_SUITE_P(Precisions, GalleryOfEachPrecision,
                         ::testing::Values(GalleryPrecision::kFloat32, GalleryPrecision::kInt8));

TEST(Gallery, KeepsVoiceprintsByName) {
  Gallery gallery = make_gallery();
  EXPECT_EQ(gallery.size(), 0u);
  for (const char* name : {"bob", "alice", "Zo\xC3\xAB", "carol"})
    ASSERT_TRUE(gallery.add(name, embedding(1), at_time(5)));
  ASSERT_TRUE(gallery.add("alice", embedding(2), at_time(9, EmbeddingOrigin::kAdapted)));
  ASSERT_EQ(gallery.size(), 4u);
  EXPECT_EQ(gallery.voiceprint(0).name, "Zo\xC3\xAB");
  EXPECT_EQ(gallery.voiceprint(1).name, "alice");
  EXPECT_EQ(gallery.voiceprint(1).created_ms, 5);
  EXPECT_EQ(gallery.voiceprint(1).updated_ms, 9);
  EXPECT_EQ(gallery.voiceprint(1).embeddings.size(), 2u);
  EXPECT_EQ(gallery.voiceprint(1).embeddings[1].origin, EmbeddingOrigin::kAdapted);
  EXPECT_EQ(gallery.find("bob"), 2u);
  EXPECT_EQ(gallery.find("bo"), std::nullopt);
  gallery.remove(1);
  EXPECT_EQ(gallery.find("alice"), std::nullopt);
  EXPECT_EQ(gallery.size(), 3u);
}

TEST(Gallery, ScoresAsCompareDoes) {
  Gallery gallery = make_gallery();
  const std::vector<float> a = embedding(1), b = embedding(2), probe = embedding(3);
  ASSERT_TRUE(gallery.add("one", a, at_time(1)));
  ASSERT_TRUE(gallery.add("two", a, at_time(1)));
  ASSERT_TRUE(gallery.add("two", b, at_time(2)));
  EXPECT_NEAR(*gallery.score(0, probe), *cosine_score(a, probe), 1e-7);
  std::vector<float> both = a;
  both.insert(both.end(), b.begin(), b.end());
  EXPECT_NEAR(*gallery.score(1, probe), *cosine_score(*mean_embedding(both, 192), probe), 1e-7);
}

TEST(Gallery, Int8ScoresAreCloseToFloat) {
  const Gallery exact = make_filled(60, 192, GalleryPrecision::kFloat32);
  const Gallery coded = make_filled(60, 192, GalleryPrecision::kInt8);
  for (std::size_t i = 0; i < exact.size(); ++i)
    EXPECT_NEAR(*exact.score(i, embedding(12345)), *coded.score(i, embedding(12345)), 4e-3);
}

// Against scoring and sorting everything.
TEST_P(GalleryOfEachPrecision, SearchFindsTheBest) {
  // Several blocks; fewer rows than are read at once, and numbers that these do not divide.
  for (const auto& [size, dimension] :
       {std::pair{1100u, 5u}, {1027u, 192u}, {1026u, 256u}, {1u, 16u}, {2u, 192u}, {5u, 16u}}) {
    Gallery gallery = make_filled(size, dimension, GetParam());
    const std::vector<float> probe = embedding(99, dimension);
    std::vector<Candidate> all;
    for (std::size_t i = 0; i < gallery.size(); ++i) {
      const auto score = gallery.score(i, probe);
      ASSERT_TRUE(score) << score.error().message;
      all.push_back({static_cast<std::uint32_t>(i), *score});
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& x, const auto& y) { return x.score > y.score; });
    for (std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{40}}) {
      const auto found = gallery.search(probe, count);
      ASSERT_TRUE(found);
      ASSERT_EQ(found->size(), std::min<std::size_t>(count, size));
      for (std::size_t i = 0; i < found->size(); ++i) {
        EXPECT_EQ((*found)[i].score, all[i].score) << dimension;
        EXPECT_EQ((*found)[i].index, all[i].index) << dimension;
      }
    }
  }
}

TEST_P(GalleryOfEachPrecision, SearchSeesEveryChange) {
  Gallery gallery = make_gallery(64, GetParam());
  const std::vector<float> probe = embedding(5, 64);
  EXPECT_TRUE(gallery.search(probe, 3)->empty());
  for (unsigned i = 0; i < 20; ++i)
    ASSERT_TRUE(gallery.add("v" + std::to_string(i), embedding(100 + i, 64), at_time(1)));
  ASSERT_TRUE(gallery.search(probe, 3));
  ASSERT_TRUE(gallery.add("match", probe, at_time(2)));
  EXPECT_EQ(gallery.voiceprint(gallery.search(probe, 3)->front().index).name, "match");
  ASSERT_TRUE(gallery.add("v3", embedding(7, 64), at_time(3)));  // now one has two embeddings
  EXPECT_EQ(gallery.voiceprint(gallery.search(probe, 3)->front().index).name, "match");
  ASSERT_TRUE(gallery.rename(*gallery.find("match"), "aardvark"));
  EXPECT_EQ(gallery.search(probe, 1)->front().index, 0u);
  EXPECT_NEAR(gallery.search(probe, 1)->front().score, 1, 1e-4);
  gallery.remove(0);
  EXPECT_LT(gallery.search(probe, 1)->front().score, 0.9f);
}

TEST(Gallery, EqualScoresComeInTheOrderOfNames) {
  Gallery gallery = make_gallery(16);
  for (unsigned i = 0; i < 50; ++i)
    ASSERT_TRUE(gallery.add("v" + std::to_string(100 + i), embedding(1, 16), at_time(1)));
  const auto found = *gallery.search(embedding(1, 16), 10);
  for (std::uint32_t i = 0; i < 10; ++i) EXPECT_EQ(found[i].index, i);
}

TEST(Gallery, SearchOfAVoiceprintWhoseEmbeddingsCancelSaysSo) {
  Gallery gallery = make_gallery(2);
  ASSERT_TRUE(gallery.add("a", std::vector<float>{1, 0}, at_time(1)));
  ASSERT_TRUE(gallery.add("a", std::vector<float>{-1, 0}, at_time(1)));
  EXPECT_EQ(gallery.search(std::vector<float>{1, 0}, 1).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(gallery.score(0, std::vector<float>{1, 0}).error().code, ErrorCode::kUndefined);
}

TEST(Gallery, RefusesWhatDoesNotFit) {
  GalleryOptions options;
  options.dimension = 0;
  EXPECT_EQ(Gallery::create(options).error().code, ErrorCode::kInvalidArgument);
  options.dimension = 65537;
  EXPECT_EQ(Gallery::create(options).error().code, ErrorCode::kInvalidArgument);
  options.dimension = 2;
  options.model_name = std::string(64, 'x');
  EXPECT_EQ(Gallery::create(options).error().code, ErrorCode::kInvalidArgument);
  options.model_name = "";
  options.precision = static_cast<GalleryPrecision>(2);
  EXPECT_EQ(Gallery::create(options).error().code, ErrorCode::kInvalidArgument);

  Gallery gallery = make_gallery(2);
  const std::vector<float> good = {1, 2};
  const std::string names[] = {"",
                               std::string(256, 'x'),
                               "a\n",
                               std::string(1, '\0'),
                               "\x7F",
                               "\xFF",
                               "\xC3",
                               "\xC0\xAF",
                               "\xED\xA0\x80",
                               "\xF4\x90\x80\x80",
                               "\xE2\x82",
                               "ok\x80",
                               "\xC2\x85"};
  for (const std::string& name : names)
    EXPECT_EQ(gallery.add(name, good, at_time(1)).error().code, ErrorCode::kInvalidArgument) << name;
  for (const char* name : {"x", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x8E\xA4", " "})
    EXPECT_TRUE(gallery.add(name, good, at_time(1))) << name;
  EXPECT_EQ(gallery.add("x", std::vector<float>{1}, at_time(1)).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(gallery.add("x", std::vector<float>{0, 0}, at_time(1)).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(gallery.add("x", good, at_time(-1)).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(gallery.add("x", good, {1, -1, 20, 7000, EmbeddingOrigin::kEnrolled}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(gallery.add("x", good, at_time(1, static_cast<EmbeddingOrigin>(2))).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(gallery.search(std::vector<float>{1, 2, 3}, 1).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(gallery.search(std::vector<float>{0, 0}, 1).error().code, ErrorCode::kUndefined);
  EXPECT_EQ(gallery.rename(0, "x").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(gallery.rename(0, "").error().code, ErrorCode::kInvalidArgument);
}

TEST_P(GalleryOfEachPrecision, GivesEachEmbeddingAsItWasAdded) {
  const Gallery gallery = make_filled(9, 32, GetParam());
  const float least = GetParam() == GalleryPrecision::kFloat32 ? 0.999999f : 0.9999f;
  for (std::size_t v = 0; v < gallery.size(); ++v) {
    ASSERT_EQ(gallery.voiceprint(v).embeddings.size(), v % 3 + 1);
    for (std::size_t round = 0; round <= v % 3; ++round) {
      const std::vector<float> stored = gallery.embedding(v, round);
      const std::vector<float> added = embedding(static_cast<unsigned>(10 * v + round + 1), 32);
      EXPECT_GT(*cosine_score(stored, added), least) << v << ' ' << round;
      EXPECT_NEAR(std::inner_product(stored.begin(), stored.end(), stored.begin(), 0.0), 1, 1e-5);
    }
  }
}

TEST_P(GalleryOfEachPrecision, RenamesWithoutLosingAnything) {
  Gallery gallery = make_filled(9, 32, GetParam());
  const VoiceprintInfo before = gallery.voiceprint(8);
  const std::vector<float> mean = *gallery.centroid(8);
  ASSERT_TRUE(gallery.rename(8, "first"));
  const std::size_t index = *gallery.find("first");
  EXPECT_EQ(index, 0u);
  EXPECT_EQ(*gallery.centroid(index), mean);
  EXPECT_EQ(gallery.voiceprint(index).created_ms, before.created_ms);
  EXPECT_EQ(gallery.voiceprint(index).updated_ms, before.updated_ms);
  EXPECT_EQ(gallery.voiceprint(index).embeddings.size(), before.embeddings.size());
  EXPECT_EQ(gallery.find(before.name), std::nullopt);
}

TEST_P(GalleryOfEachPrecision, CopiesByEveryPolicy) {
  Gallery from = make_gallery(8, GetParam()), to = make_gallery(8, GetParam());
  ASSERT_TRUE(from.add("a", embedding(1, 8), at_time(10)));
  ASSERT_TRUE(from.add("a", embedding(2, 8), at_time(20)));
  ASSERT_TRUE(to.copy(from, 0, OnConflict::kRefuse));
  EXPECT_EQ(to.serialise(), from.serialise());
  ASSERT_TRUE(from.add("a", embedding(3, 8), at_time(30)));
  EXPECT_EQ(to.copy(from, 0, OnConflict::kRefuse).error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(to.copy(from, 0, OnConflict::kKeep));
  EXPECT_EQ(to.voiceprint(0).embeddings.size(), 2u);
  ASSERT_TRUE(to.add("a", embedding(4, 8), at_time(5)));
  ASSERT_TRUE(to.copy(from, 0, OnConflict::kCombine));
  EXPECT_EQ(to.voiceprint(0).embeddings.size(), 4u);  // the two that it knew are not there twice
  EXPECT_EQ(to.voiceprint(0).created_ms, 5);
  EXPECT_EQ(to.voiceprint(0).updated_ms, 30);
  ASSERT_TRUE(to.copy(from, 0, OnConflict::kReplace));
  EXPECT_EQ(to.serialise(), from.serialise());
}

TEST(Gallery, JoinsTheQualityOfItsRecordings) {
  Gallery gallery = make_gallery(2);
  ASSERT_TRUE(gallery.add("a", std::vector<float>{1, 0}, {1, 2, 10, 4000, EmbeddingOrigin::kEnrolled}));
  ASSERT_TRUE(gallery.add("a", std::vector<float>{1, 1}, {1, 6, 30, 8000, EmbeddingOrigin::kEnrolled}));
  const Quality quality = gallery.voiceprint(0).quality();
  EXPECT_EQ(quality.net_speech_s, 8);
  EXPECT_EQ(quality.snr_db, 20);
  EXPECT_EQ(quality.bandwidth_hz, 6000);
}

TEST(Gallery, DoesNotMixModels) {
  Gallery gallery = make_gallery(8);
  GalleryOptions options = gallery.options();
  options.model_sha256[3] ^= 1;
  Gallery other = std::move(*Gallery::create(options));
  ASSERT_TRUE(other.add("a", embedding(1, 8), at_time(1)));
  EXPECT_EQ(gallery.copy(other, 0, OnConflict::kCombine).error().code, ErrorCode::kInvalidArgument);
}

TEST(Gallery, TrimsOnlyTheOldestAdapted) {
  Gallery gallery = make_gallery(8);
  for (unsigned i = 0; i < 6; ++i)
    ASSERT_TRUE(gallery.add("a", embedding(i + 1, 8),
                            at_time(i, i % 3 == 0 ? EmbeddingOrigin::kEnrolled : EmbeddingOrigin::kAdapted)));
  ASSERT_TRUE(gallery.add("b", embedding(50, 8), at_time(1)));
  gallery.trim_adapted(0, 2);
  ASSERT_EQ(gallery.voiceprint(0).embeddings.size(), 4u);
  const std::int64_t kept[] = {0, 3, 4, 5};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(gallery.voiceprint(0).embeddings[i].added_ms, kept[i]);
  EXPECT_NEAR(*gallery.score(1, embedding(50, 8)), 1, 1e-6);
  gallery.trim_adapted(0, 0);
  EXPECT_EQ(gallery.voiceprint(0).embeddings.size(), 2u);
}

TEST_P(GalleryOfEachPrecision, ReadsWhatItWrote) {
  for (std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{40}}) {
    const Gallery gallery = make_filled(count, 193, GetParam());
    const Bytes file = gallery.serialise();
    const auto read = Gallery::parse(file);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->serialise(), file);
    EXPECT_EQ(read->options().model_name, "voiceprint-small 0.1.0");
    EXPECT_EQ(read->options().model_sha256, gallery.options().model_sha256);
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(*read->centroid(i), *gallery.centroid(i));
  }
}

// The example in FORMATS.md.
TEST(Gallery, WritesTheDocumentedBytes) {
  Gallery gallery = make_gallery(2);
  ASSERT_TRUE(gallery.add("Ada", std::vector<float>{0, 2}, {0x0102, 1.5f, 20, 8000, EmbeddingOrigin::kAdapted}));
  const Bytes file = gallery.serialise();
  ASSERT_EQ(file.size(), 128u + 24 + 4 + 24 + 8 + 4);
  Bytes expected = {0x89, 'V', 'P', 'G', '\r', '\n', 0x1A, '\n', 1,   0, 0, 0, 2, 0, 0, 0,
                    0,    0,   0,   0,   1,    0,    0,    0,    192, 0, 0, 0, 0, 0, 0, 0};
  expected.insert(expected.end(), 32, 7);
  const std::string model = "voiceprint-small 0.1.0";
  expected.insert(expected.end(), model.begin(), model.end());
  expected.resize(128, 0);
  const Bytes voiceprint = {0x02, 0x01, 0,    0, 0, 0, 0, 0, 0x02, 0x01, 0,   0,   0,    0,    0,
                            0,    1,    0,    0, 0, 3, 0, 0, 0,    'A',  'd', 'a', 0,    0x02, 0x01,
                            0,    0,    0,    0, 0, 0, 0, 0, 0xC0, 0x3F, 0,   0,   0xA0, 0x41, 0,
                            0,    0xFA, 0x45, 1, 0, 0, 0, 0, 0,    0,    0,   0,   0,    0x80, 0x3F};
  expected.insert(expected.end(), voiceprint.begin(), voiceprint.end());
  expected.resize(expected.size() + 4);
  sign(expected);
  EXPECT_EQ(file, expected);
}

TEST(Gallery, RefusesForeignFiles) {
  EXPECT_EQ(parse_error({}), ErrorCode::kCorruptData);
  const std::string text =
      "This is a text that someone renamed to gallery.voiceprints, alas, and it is longer than a header: "
      "it goes on and on and on, so that no length can be what is wrong with it.";
  EXPECT_EQ(parse_error(Bytes(text.begin(), text.end())), ErrorCode::kCorruptData);
  Bytes newer = make_gallery(4).serialise();
  put32(newer, 8, 2);
  EXPECT_EQ(parse_error(newer), ErrorCode::kUnsupportedFormat);
}

TEST_P(GalleryOfEachPrecision, RefusesAFileCutAnywhere) {
  const Bytes whole = make_filled(2, 5, GetParam()).serialise();
  for (std::size_t size = 1; size < whole.size(); ++size)
    EXPECT_EQ(parse_error(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))),
              ErrorCode::kTruncated)
        << size;
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_EQ(parse_error(longer), ErrorCode::kCorruptData);
}

TEST_P(GalleryOfEachPrecision, NoticesEveryFlippedBit) {
  const Bytes whole = make_filled(2, 5, GetParam()).serialise();
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    Bytes file = whole;
    file[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
    EXPECT_NE(parse_error(file), ErrorCode::kOk) << bit;
  }
}

// With a checksum that fits: everything behind it is checked too.
TEST(Gallery, RefusesContradictionsBehindAGoodChecksum) {
  Gallery gallery = make_gallery(2);
  ASSERT_TRUE(gallery.add("Ada", std::vector<float>{0, 2}, at_time(5)));
  ASSERT_TRUE(gallery.add("Bob", std::vector<float>{1, 2}, at_time(5)));
  const Bytes whole = gallery.serialise();
  const auto refused = [&](std::size_t at, std::uint32_t value) {
    Bytes file = whole;
    put32(file, at, value);
    sign(file);
    return parse_error(file);
  };
  const std::size_t ada = 128, row = ada + 28, bob = row + 32;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::uint32_t nan_bits;
  std::memcpy(&nan_bits, &nan, 4);
  ASSERT_EQ(refused(ada, 5), ErrorCode::kOk);  // nothing changed
  for (const auto& [at, value] : std::vector<std::pair<std::size_t, std::uint32_t>>{{12, 0},
                                                                                    {12, 70000},
                                                                                    {12, 3},
                                                                                    {16, 2},
                                                                                    {16, 1},
                                                                                    {20, 1},
                                                                                    {20, 3},
                                                                                    {20, 0xFFFFFFFF},
                                                                                    {24, 500},
                                                                                    {64, 0x0A0A0A0A},
                                                                                    {124, 1},
                                                                                    {ada + 4, 0x80000000},
                                                                                    {ada, 6},
                                                                                    {ada + 16, 0},
                                                                                    {ada + 16, 2},
                                                                                    {ada + 16, 0xFFFFFFFF},
                                                                                    {ada + 20, 0},
                                                                                    {ada + 20, 4},
                                                                                    {ada + 20, 0xFFFFFFFF},
                                                                                    {ada + 24, 0x01616441},
                                                                                    {ada + 24, 0x00006441},
                                                                                    {ada + 24, 0x0062'6F42},
                                                                                    {bob + 24, 0x0061'6441},
                                                                                    {row + 8, nan_bits},
                                                                                    {row + 12, nan_bits},
                                                                                    {row + 16, nan_bits},
                                                                                    {row + 16, 0xBF800000},
                                                                                    {row + 20, 2},
                                                                                    {row + 24, nan_bits},
                                                                                    {row + 28, 0},
                                                                                    {row + 28, 0x40000000}})
    EXPECT_NE(refused(at, value), ErrorCode::kOk) << at << " " << value;
}

TEST(Gallery, SurvivesRandomDamageBehindAGoodChecksum) {
  std::mt19937 random(5);
  for (GalleryPrecision precision : {GalleryPrecision::kFloat32, GalleryPrecision::kInt8}) {
    const Bytes whole = make_filled(3, 5, precision).serialise();
    for (int round = 0; round < 5000; ++round) {
      Bytes file = whole;
      for (int changes = 0; changes < 3; ++changes)
        file[12 + random() % (file.size() - 16)] = static_cast<std::uint8_t>(random());
      sign(file);
      auto gallery = Gallery::parse(file);
      if (!gallery) {
        EXPECT_FALSE(gallery.error().message.empty());
        continue;
      }
      EXPECT_EQ(gallery->serialise(), file);
      (void)gallery->search(embedding(1, gallery->options().dimension), 2);
    }
  }
}

}  // namespace
}  // namespace voiceprint

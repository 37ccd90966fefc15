// `trainer eval`, `report` and `export` from end to end on made-up voices: what is measured, written, kept, and that a
// model folder scores as it was judged.
#include "eval/evaluate.h"

#include <sndfile.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>

#include "eval/degradation.h"
#include "expect_error.h"
#include "made_up_voices.h"
#include "run/run_checkpoints.h"
#include "run/train.h"
#include "run/write_file.h"
#include "temporary_folder.h"
#include "voiceprint/audio_file.h"

namespace voiceprint::trainer {
namespace {

namespace fs = std::filesystem;

constexpr int kSpeakers = 5, kRecordings = 4;

bool has_gnuplot() {
  return std::system("gnuplot --version > /dev/null 2>&1") == 0;
}

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

// Two lists over the same speakers. Some labels are wrong, so that no threshold separates the trials.
class Evaluation : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder();
    const TemporaryFolder& folder = *folder_;
    fs::create_directories(folder / "trials");
    std::ofstream first(folder / "trials/first.txt"), second(folder / "trials/second.txt"),
        facts(folder / "utterances.jsonl");
    const auto name = [](int s, int r) { return std::to_string(s) + "/" + std::to_string(r) + ".wav"; };
    for (int s = 0; s < kSpeakers; ++s) {
      fs::create_directories(folder / std::to_string(s));
      for (int r = 0; r < kRecordings; ++r) {
        write_wav(folder / name(s, r), voice(s, 10 + r));
        facts << "{\"path\": \"" << name(s, r) << "\", \"speaker\": \"" << s << "\", \"language\": \""
              << (r % 2 == 0 ? "de" : "fr") << "\"}\n";
      }
    }
    for (int a = 0; a < kSpeakers * kRecordings; ++a) {
      for (int b = a + 1; b < kSpeakers * kRecordings; ++b) {
        const bool same = a / kRecordings == b / kRecordings, wrong = (a * 7 + b * 3) % 5 == 0;
        ((a + b) % 2 == 0 ? first : second) << (same != wrong ? "1 " : "0 ") << name(a / kRecordings, a % kRecordings)
                                            << " " << name(b / kRecordings, b % kRecordings) << "\n";
      }
    }
    write_voices(folder / "pack", 8, 2, 5);
    Config config = small_config(folder / "pack");
    config.run.steps = 3;
    train(config, folder / "run", false);
  }
  static void TearDownTestSuite() { delete folder_; }

  static EvalOptions options() {
    EvalOptions options;
    options.checkpoint = last_checkpoint(*folder_ / "run");
    options.trials.lists.trials = *folder_ / "trials";
    options.trials.names.audio_root = *folder_ / "";
    options.resamplings = 20;
    options.cache = *folder_ / "cache";
    return options;
  }

  static TemporaryFolder* folder_;
};
TemporaryFolder* Evaluation::folder_ = nullptr;

TEST_F(Evaluation, ASecondRunNeedsNoRecordings) {
  EvalOptions first = options();
  first.scores = *folder_ / "first.txt";
  evaluate(first);
  // Samples of the same number of bytes and of the same time of change: only the cache can know what was there.
  const std::string path = *folder_ / "0/0.wav";
  const std::string audio = read_file(path);
  const auto time = fs::last_write_time(path);
  {
    std::ofstream file(path, std::ios::binary);
    file << audio.substr(0, 44) << std::string(audio.size() - 44, '\0');
  }
  fs::last_write_time(path, time);
  EvalOptions second = options();
  second.scores = *folder_ / "second.txt";
  evaluate(second);
  EXPECT_EQ(read_file(first.scores), read_file(second.scores));
  second.cache.clear();
  evaluate(second);
  EXPECT_NE(read_file(first.scores), read_file(second.scores));  // silence now
  write_file_atomically(path, audio);
}

TEST_F(Evaluation, WritesAReportThatIsCompleteInItself) {
  if (!has_gnuplot()) GTEST_SKIP() << "no gnuplot";
  EvalOptions whole = options();
  whole.out = *folder_ / "report", whole.norm = "as", whole.cohort.source = *folder_ / "pack", whole.top_n = 4;
  whole.calibration = "best";
  evaluate(whole);
  const std::string page = read_file(*folder_ / "report/report.html");
  for (const char* name :
       {"det", "roc", "score_hist", "fnr_fpr", "calibration", "bayes_error", "tsne", "training_curves"}) {
    EXPECT_EQ(read_file(*folder_ / (std::string("report/") + name + ".png")).substr(1, 3), "PNG") << name;
    EXPECT_NE(page.find(std::string("<figure id=\"") + name + "\""), std::string::npos) << name;
  }
  std::size_t diagrams = 0;
  for (std::size_t at = page.find("<svg"); at != std::string::npos; at = page.find("<svg", at + 1)) ++diagrams;
  EXPECT_GE(diagrams, 3u + 5 * 2);  // det, roc, calibration; the others per condition
  for (const char* outside : {"<script", "src=", "url(", "@import", "<link"})
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  for (const char* words :
       {"By language", "Recall@1", "Cllr / minCllr", "8 speakers of ", "screen and (prefers-color-scheme: dark)"})
    EXPECT_NE(page.find(words), std::string::npos) << words;
  EXPECT_EQ(page.find("rgb("), std::string::npos) << "a colour that dark mode cannot change";
  const auto metrics = nlohmann::json::parse(read_file(*folder_ / "report/metrics.json"));
  EXPECT_EQ(metrics["systems"][0]["conditions"].size(), 2u);
  EXPECT_GT(metrics["systems"][0]["conditions"][0]["llr"]["cllr"]["value"], 0);
}

TEST_F(Evaluation, ComparesSystemsFromTheirScores) {
  if (!has_gnuplot()) GTEST_SKIP() << "no gnuplot";
  ReportOptions report;
  for (const char* crops : {"0", "3"}) {
    EvalOptions system = options();
    system.embed.crops = std::atoi(crops), system.embed.crop_s = 0.5;
    system.scores = *folder_ / (std::string("system-") + crops + "<.txt");
    evaluate(system);
    report.score_files.push_back(system.scores);
  }
  EXPECT_NE(read_file(report.score_files[0]), read_file(report.score_files[1]));
  report.metadata = *folder_ / "utterances.jsonl";
  report.out = *folder_ / "comparison", report.resamplings = 20;
  report_scores(report);
  const std::string page = read_file(*folder_ / "comparison/report.html");
  EXPECT_NE(page.find("Comparison of 2 systems"), std::string::npos);
  EXPECT_NE(page.find("system-3&lt;"), std::string::npos);
  EXPECT_EQ(page.find("system-3<"), std::string::npos);
}

// What a cohort is made of, is made as recordings are, whatever the model's normalisation.
TEST_F(Evaluation, JoinedSpeechIsEmbeddedAsTheFrontEndsSegments) {
  Embedder embedder = Embedder::from_checkpoint(last_checkpoint(*folder_ / "run"));
  for (const MeanNormalisation normalisation : {MeanNormalisation::kUtterance, MeanNormalisation::kLevel}) {
    FrontEndOptions options = embedder.front_end();
    options.mean_normalisation = normalisation;
    options.crop.max_segment_s = 1;
    embedder.set_front_end(options);
    const AudioBuffer audio = take(read_audio_file(*folder_ / "1/0.wav"));
    FrontEnd front_end = take(FrontEnd::create(options, audio.sample_rate_hz));
    take(front_end.push(audio.samples));
    take(front_end.finish());
    ASSERT_GT(front_end.num_segments(), 1u);
    const std::vector<float> expected = embedder.embed(front_end).embedding,
                             speech = embedder.embed_speech(front_end.speech());
    ASSERT_EQ(speech.size(), expected.size());
    for (std::size_t i = 0; i < speech.size(); ++i) EXPECT_NEAR(speech[i], expected[i], 1e-5);
  }
  EXPECT_TRUE(embedder.embed_speech({}).empty());
}

// Noise as loud as its name says, the same for a name at any place, and codecs that change something.
TEST_F(Evaluation, DegradesAsNamed) {
  const TemporaryFolder folder;
  {
    PackWriter noise(folder / "noise"), rooms(folder / "rooms");
    std::vector<float> hiss(16000);
    Random random{7};
    for (float& x : hiss) x = static_cast<float>(0.1 * random.normal());
    noise.add("hiss", "noise", "", hiss);
    rooms.add("room", "rooms", "", std::vector<float>{1, 0, 0, 0.5f, 0, 0.25f});
    noise.finish(16000, {});
    rooms.finish(16000, {});
  }
  const std::vector<std::string> names = {"a", "b"}, turned = {"b", "a"};
  const std::vector<float> clean = voice(1, 1);
  const Degrader degrader(folder / "noise", folder / "rooms");
  const auto power = [](const std::vector<float>& samples) {
    double sum = 0;
    for (const float x : samples) sum += static_cast<double>(x) * x;
    return sum / static_cast<double>(samples.size());
  };
  std::vector<std::string> found;
  for (const Degradation& degradation : degrader.all(names)) {
    found.push_back(degradation.name);
    if (!degradation.policy.degrade) continue;
    std::vector<float> samples = clean, again = clean;
    degradation.policy.degrade(0, samples);
    ASSERT_EQ(samples.size(), clean.size());
    EXPECT_NE(samples, clean) << degradation.name;
    for (const Degradation& other : degrader.all(turned)) {
      if (other.name == degradation.name) other.policy.degrade(1, again);
    }
    EXPECT_EQ(samples, again) << degradation.name;
    if (degradation.name == "noise, 10 dB SNR") {
      for (std::size_t i = 0; i < samples.size(); ++i) samples[i] -= clean[i];
      EXPECT_NEAR(10 * std::log10(power(clean) / power(samples)), 10, 0.1);
    }
  }
  EXPECT_EQ(found.size(), 4u + 4 + 1 + 3);
  EXPECT_EQ(Degrader("", "").all(names).size(), 4u + 3);
}

TEST_F(Evaluation, SaysWhatIsWrong) {
  EvalOptions wrong = options();
  wrong.norm = "as";
  EXPECT_ERROR(evaluate(wrong), "--norm as needs strangers");
  wrong.cohort.source = *folder_ / "pack", wrong.top_n = 50;
  EXPECT_ERROR(evaluate(wrong), "8 speakers, fewer than --top-n 50");
  wrong.cohort.source = *folder_ / "nothing";
  EXPECT_ERROR(evaluate(wrong), "no such cohort, pack or list");
  wrong = options(), wrong.norm = "model";
  EXPECT_ERROR(evaluate(wrong), "--norm model needs --model");
  wrong = options(), wrong.calibration = "model";
  EXPECT_ERROR(evaluate(wrong), "--calibration model needs --model");
  wrong.norm = "as";
  EXPECT_ERROR(evaluate(wrong), "--calibration model is one of the model's own scores; leave out --norm as");
  wrong = options(), wrong.calibration = "none", wrong.llrs = *folder_ / "llrs.txt";
  EXPECT_ERROR(evaluate(wrong), "--llrs needs a calibration");
  wrong = options(), wrong.trials.pairs = "many";
  EXPECT_ERROR(evaluate(wrong), "--pairs many: expected 'all' or how many");
  wrong = options(), wrong.trials.names.audio_root = *folder_ / "elsewhere";
  EXPECT_ERROR(evaluate(wrong), "no such file, though a trial names it");
}

// The programs themselves: `export` and `--model` run trainer-onnx, which lies beside `trainer`.
std::string output_of(const std::string& arguments) {
  std::FILE* pipe = popen((std::string(VOICEPRINT_TRAINER) + " " + arguments).c_str(), "r");
  std::string text;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text += static_cast<char>(c);
  pclose(pipe);
  return text;
}

TEST_F(Evaluation, AModelFolderDecidesAsItWasJudged) {
  const TemporaryFolder& folder = *folder_;
  const std::string model = folder / "model", scores = folder / "judged.txt", root = folder / "";
  output_of("export " + last_checkpoint(folder / "run") + " --out " + model + " --trials " + (folder / "trials") +
            " --audio-root " + root + " --cohort " + (folder / "pack") + " --top-n 4 --cache " + (folder / "cache") +
            " --data voices --data-licence none --recipe none");
  ASSERT_TRUE(fs::exists(model + "/MODEL_CARD.md"));
  EXPECT_TRUE(fs::exists(model + "/cohort.bin"));
  output_of("eval --model " + model + " " + (folder / "trials") + " --audio-root " + root +
            " --norm model --calibration model --resamplings 0 --cache " + (folder / "cache") + " --scores " + scores);
  const auto manifest = nlohmann::json::parse(read_file(model + "/manifest.json"));
  const char* field = manifest["calibration"]["score"] == "as_norm" ? "as_norm" : "score";
  std::ifstream lines(scores);
  int compared = 0;
  for (std::string line; compared < 4 && std::getline(lines, line);) {
    if (line.front() == '#') continue;
    std::istringstream words(line);
    std::string label, a, b;
    double score = 0;
    words >> label >> score >> a >> b;
    const auto answer =
        nlohmann::json::parse(output_of("compare --model " + model + " " + (folder / a) + " " + (folder / b)));
    EXPECT_NEAR(answer[field].get<double>(), score, 1e-5) << line;
    ++compared;
  }
  EXPECT_EQ(compared, 4);
  EXPECT_EQ(manifest["evaluation"].size(), 2u);
  for (const nlohmann::json& condition : manifest["evaluation"]) {
    for (const char* kind : {"targets", "non_targets"}) {
      const std::vector<int> counts = condition["llr_histogram"][kind];
      EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0), condition[kind]) << kind;
    }
  }
  const std::string card = read_file(model + "/MODEL_CARD.md");
  for (const char* words : {"## Calibration", "## Operating points", "far-0.001", "## Weights", "## Limits"})
    EXPECT_NE(card.find(words), std::string::npos) << words;
}

}  // namespace
}  // namespace voiceprint::trainer

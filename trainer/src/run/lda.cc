#include "run/lda.h"

#include <atomic>
#include <mutex>
#include <thread>

#include "data/augment.h"
#include "data/pack.h"
#include "error.h"
#include "model/architectures.h"
#include "model/torch_network.h"
#include "run/checkpoint.h"
#include "run/progress.h"
#include "voiceprint/features.h"

namespace voiceprint::trainer {
namespace {

constexpr std::uint64_t kStream = 0x1da;
constexpr double kLeastDeviation = 1e-4;

// The statistics of all recordings, then of their first copies, then of the second, ...: [copies + 1][recordings].
torch::Tensor statistics_of(const Pack& pack, const Config& config) {
  Network network;
  network.set_output(long_term_statistics(network, network.input(feature_bins(config))));
  const TorchNetwork model = TorchNetwork(std::move(network)).copy();
  const Augmenter augmenter(config.augment, config.data, pack, config.run.seed);
  const auto recordings = pack.records().size(), count = recordings * static_cast<std::size_t>(config.lda.copies + 1);
  torch::Tensor all = torch::empty({static_cast<std::int64_t>(count), model.network().embedding_dim()});
  const auto row_of = [&](std::size_t i) {
    const std::size_t recording = i % recordings, copy = i / recordings;
    const auto pcm = pack.samples(pack.records()[recording]);
    std::vector<float> samples(pcm.size());
    std::transform(pcm.begin(), pcm.end(), samples.begin(),
                   [](std::int16_t x) { return static_cast<float>(x) / 32768.0f; });
    FeatureExtractor extractor = make_extractor(config);
    const auto frames = static_cast<std::int64_t>(extractor.num_frames(samples.size()));
    const auto bins = static_cast<std::int64_t>(extractor.num_bins());
    if (copy > 0) {
      Random random{config.run.seed, kStream, i};
      augmenter.apply(
          draw_effects(random, config.augment, augmenter.choices(), samples.size(),
                       static_cast<std::size_t>(std::max<std::int64_t>(frames, 1)), static_cast<std::size_t>(bins)),
          samples);
    }
    if (frames == 0) return torch::zeros({all.size(1)});
    std::vector<float> features(static_cast<std::size_t>(frames * bins));
    extractor.compute(samples, features);
    subtract_mean(features, static_cast<std::size_t>(bins), front_end_options(config).mean_normalisation);
    return model.forward(torch::from_blob(features.data(), {1, frames, bins})).squeeze(0);
  };
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::int64_t done = 0;
  std::exception_ptr failure;
  Progress progress("statistics", static_cast<std::int64_t>(count));
  const auto work = [&] {
    at::set_num_threads(1);
    const torch::NoGradGuard no_gradients;
    try {
      for (std::size_t i = next++; i < count && !stop_requested(); i = next++) {
        all[static_cast<std::int64_t>(i)].copy_(row_of(i));
        const std::lock_guard lock(mutex);
        progress.show(++done, "");
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
      next = count;
    }
  };
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) workers.emplace_back(work);
  }
  if (failure) std::rethrow_exception(failure);
  if (done < static_cast<std::int64_t>(count)) throw TrainerError("stopped; nothing was written");
  return all;
}

// The checkpoint's network with the projection beside it, or the projection alone.
void write_joined(Config config, const Projection& projection, const std::string& checkpoint, const std::string& out) {
  TensorFile file;
  std::string prefix = "model/";
  if (checkpoint.empty()) {
    config.model.embedding_dim = config.lda.dim;
    file.metadata = {{"step", "0"}, {"num_classes", "0"}};
  } else {
    file = read_tensor_file(checkpoint);
    if (file.has("average/")) prefix = "average/";
    for (auto tensor = file.tensors.begin(); tensor != file.tensors.end();)
      tensor = tensor->first.rfind(prefix, 0) == 0 ? std::next(tensor) : file.tensors.erase(tensor);
    config.model.statistics_dim = config.lda.dim, config.model.statistics_weight = config.lda.weight;
  }
  const Network network = build_network(config.model, feature_bins(config));
  for (const Parameter& parameter : network.parameters()) {
    if (!parameter.values.empty())
      store_tensor(file, prefix + parameter.name, torch::tensor(parameter.values).view(parameter.shape));
  }
  store_tensor(file, prefix + "statistics.project.weight", projection.weight);
  store_tensor(file, prefix + "statistics.project.bias", projection.bias);
  file.metadata["config"] = to_json(config).dump();
  write_tensor_file(out, file);
}

}  // namespace

Projection fit_discriminant(const torch::Tensor& vectors, const std::vector<std::int64_t>& speakers,
                            const torch::Tensor& changes, const LdaConfig& options) {
  const std::int64_t recordings = vectors.size(0), size = vectors.size(1);
  if (recordings <= options.dim || options.dim > size)
    throw TrainerError("a discriminant of " + std::to_string(options.dim) + " dimensions needs more recordings (" +
                       std::to_string(recordings) + ") and no fewer statistics (" + std::to_string(size) + ")");
  if (!vectors.isfinite().all().item<bool>() || !changes.isfinite().all().item<bool>())
    throw TrainerError("the statistics of a recording are not finite");
  const auto float64 = torch::TensorOptions(torch::kFloat64);
  const torch::Tensor x = vectors.to(torch::kFloat64), mean = x.mean(0), deviation = x.std(0, false);
  // What never changes (a correlation with itself) differs by rounding alone, which is not to be divided by.
  const torch::Tensor scale = torch::where(deviation > kLeastDeviation, deviation.reciprocal(), 0.0);
  const torch::Tensor z = (x - mean) * scale;
  const torch::Tensor speaker = torch::tensor(speakers, torch::kInt64);
  const std::int64_t num_speakers = speaker.max().item<std::int64_t>() + 1;
  const torch::Tensor counts =
      torch::zeros({num_speakers}, float64).index_add(0, speaker, torch::ones({recordings}, float64));
  const torch::Tensor means =
      torch::zeros({num_speakers, size}, float64).index_add(0, speaker, z) / counts.clamp_min(1).unsqueeze(1);
  const torch::Tensor own_counts = counts.index_select(0, speaker);
  const torch::Tensor weights = torch::where(own_counts >= 2, (options.cap / own_counts).clamp_max(1.0), 0.0);
  if (weights.sum().item<double>() == 0)
    throw TrainerError("no speaker has two recordings: nothing tells how a voice varies; give more, or copies");
  const torch::Tensor residuals = (z - means.index_select(0, speaker)) * weights.sqrt().unsqueeze(1);
  const torch::Tensor within = torch::matmul(residuals.t(), residuals) / weights.sum(),
                      all = torch::matmul(z.t(), z) / static_cast<double>(recordings);
  torch::Tensor spread = within + options.spread_share * all +
                         options.ridge * within.trace() / static_cast<double>(size) * torch::eye(size, float64);
  if (changes.size(0) > 0) {
    const torch::Tensor change = changes.to(torch::kFloat64) * scale;
    spread += options.copy_share * torch::matmul(change.t(), change) / static_cast<double>(changes.size(0));
  }
  // With S = L L': C v = lambda S v is an ordinary problem of L^-1 C L^-T.
  const torch::Tensor root = torch::linalg_cholesky(spread);
  const auto solve = [&](const torch::Tensor& right) { return torch::linalg_solve_triangular(root, right, false); };
  const torch::Tensor whitened = solve(solve(all).t());
  const torch::Tensor vectors_up = std::get<1>(torch::linalg_eigh(0.5 * (whitened + whitened.t())));  // rising
  const torch::Tensor chosen = vectors_up.slice(1, size - options.dim).flip(1);
  const torch::Tensor projection =
      torch::linalg_solve_triangular(root.t(), chosen, true).t() * scale.unsqueeze(0);  // [dim, size]
  return {projection.to(torch::kFloat32).contiguous(), -torch::mv(projection, mean).to(torch::kFloat32)};
}

void fit_statistics(const Config& config, const std::string& checkpoint, const std::string& out) {
  const bool alone = config.model.kind == "statistics";
  if (!checkpoint.empty() && (alone || config.model.statistics_dim > 0))
    throw TrainerError(checkpoint + ": has statistics already; give the checkpoint that they were put beside");
  if (checkpoint.empty() && !alone)
    throw TrainerError("model.kind = " + config.model.kind +
                       " needs --checkpoint; without one set model.kind=statistics");
  if (!alone && config.lda.weight == 0)
    throw TrainerError("lda.weight = 0 puts nothing beside the network; set it, for example lda.weight=1");
  const Pack pack(config.data.pack);
  std::vector<std::int64_t> speakers;
  for (const PackRecord& record : pack.records()) speakers.push_back(record.speaker);
  const torch::Tensor all = statistics_of(pack, config).view({config.lda.copies + 1, std::ssize(speakers), -1});
  const torch::Tensor changes = (all.slice(0, 1) - all[0]).flatten(0, 1);
  write_joined(config, fit_discriminant(all[0], speakers, changes, config.lda), checkpoint, out);
  std::fprintf(stderr, "\n%s\n", out.c_str());
}

}  // namespace voiceprint::trainer

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

// The statistics of all recordings, then of their first copies, then of the second, ...: [copies + 1][recordings].
torch::Tensor statistics_of(const Pack& pack, const LdaOptions& options) {
  Network network;
  network.set_output(long_term_statistics(network, network.input(feature_bins(options.config))));
  const TorchNetwork model = TorchNetwork(std::move(network)).copy();
  const Augmenter augmenter(options.config.augment, options.config.data, pack, options.config.run.seed);
  const auto recordings = pack.records().size(), count = recordings * static_cast<std::size_t>(options.copies + 1);
  torch::Tensor all = torch::empty({static_cast<std::int64_t>(count), model.network().embedding_dim()});
  const auto row_of = [&](std::size_t i) {
    const std::size_t recording = i % recordings, copy = i / recordings;
    const auto pcm = pack.samples(pack.records()[recording]);
    std::vector<float> samples(pcm.size());
    std::transform(pcm.begin(), pcm.end(), samples.begin(),
                   [](std::int16_t x) { return static_cast<float>(x) / 32768.0f; });
    FeatureExtractor extractor = make_extractor(options.config);
    const auto frames = static_cast<std::int64_t>(extractor.num_frames(samples.size()));
    const auto bins = static_cast<std::int64_t>(extractor.num_bins());
    if (copy > 0) {
      Random random{options.config.run.seed, kStream, i};
      augmenter.apply(
          draw_effects(random, options.config.augment, augmenter.choices(), samples.size(),
                       static_cast<std::size_t>(std::max<std::int64_t>(frames, 1)), static_cast<std::size_t>(bins)),
          samples);
    }
    if (frames == 0) return torch::zeros({all.size(1)});
    std::vector<float> features(static_cast<std::size_t>(frames * bins));
    extractor.compute(samples, features);
    subtract_mean(features, static_cast<std::size_t>(bins), front_end_options(options.config).mean_normalisation);
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
void write_joined(const LdaOptions& options, const Projection& projection) {
  Config config = options.config;
  TensorFile file;
  std::string prefix = "model/";
  if (options.checkpoint.empty()) {
    config.model.embedding_dim = options.discriminant.dim;
    file.metadata = {{"step", "0"}, {"num_classes", "0"}};
  } else {
    file = read_tensor_file(options.checkpoint);
    const auto first_average = file.tensors.lower_bound("average/");
    if (first_average != file.tensors.end() && first_average->first.rfind("average/", 0) == 0) prefix = "average/";
    for (auto tensor = file.tensors.begin(); tensor != file.tensors.end();)
      tensor = tensor->first.rfind(prefix, 0) == 0 ? std::next(tensor) : file.tensors.erase(tensor);
    config.model.statistics_dim = options.discriminant.dim, config.model.statistics_weight = options.weight;
  }
  const Network network = build_network(config.model, feature_bins(config));
  for (const Parameter& parameter : network.parameters()) {
    if (!parameter.values.empty())
      store_tensor(file, prefix + parameter.name, torch::tensor(parameter.values).view(parameter.shape));
  }
  store_tensor(file, prefix + "statistics.project.weight", projection.weight);
  store_tensor(file, prefix + "statistics.project.bias", projection.bias);
  file.metadata["config"] = to_json(config).dump();
  write_tensor_file(options.out, file);
}

}  // namespace

Projection fit_discriminant(const torch::Tensor& vectors, const std::vector<std::int64_t>& speakers,
                            const DiscriminantOptions& options) {
  const std::int64_t recordings = vectors.size(0), size = vectors.size(1);
  if (recordings <= options.dim || options.dim > size)
    throw TrainerError("a discriminant of " + std::to_string(options.dim) + " dimensions needs more recordings (" +
                       std::to_string(recordings) + ") and no fewer statistics (" + std::to_string(size) + ")");
  if (!vectors.isfinite().all().item<bool>()) throw TrainerError("the statistics of a recording are not finite");
  const auto float64 = torch::TensorOptions(torch::kFloat64);
  const torch::Tensor x = vectors.to(torch::kFloat64), mean = x.mean(0), deviation = (x.var(0, false) + 1e-12).sqrt(),
                      z = (x - mean) / deviation;
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
  const torch::Tensor spread = within + options.spread_share * all +
                               options.ridge * within.trace() / static_cast<double>(size) * torch::eye(size, float64);
  // With S = L L': C v = lambda S v is an ordinary problem of L^-1 C L^-T.
  const torch::Tensor root = torch::linalg_cholesky(spread);
  const auto solve = [&](const torch::Tensor& right) { return torch::linalg_solve_triangular(root, right, false); };
  const torch::Tensor whitened = solve(solve(all).t());
  const torch::Tensor vectors_up = std::get<1>(torch::linalg_eigh(0.5 * (whitened + whitened.t())));  // rising
  const torch::Tensor chosen = vectors_up.slice(1, size - options.dim).flip(1);
  const torch::Tensor projection =
      torch::linalg_solve_triangular(root.t(), chosen, true).t() / deviation.unsqueeze(0);  // [dim, size]
  return {projection.to(torch::kFloat32).contiguous(), -torch::mv(projection, mean).to(torch::kFloat32)};
}

void fit_statistics(const LdaOptions& given) {
  LdaOptions options = given;
  if (!options.checkpoint.empty()) {
    options.config = checkpoint_config(read_tensor_file(options.checkpoint), options.checkpoint);
    if (options.config.model.statistics_dim > 0 || options.config.model.kind == "statistics")
      throw TrainerError(options.checkpoint +
                         ": has statistics already; give the checkpoint that they were put beside");
  }
  const Pack pack(options.pack);
  std::vector<std::int64_t> speakers;
  for (std::int64_t copy = 0; copy <= options.copies; ++copy) {
    for (const PackRecord& record : pack.records()) speakers.push_back(record.speaker);
  }
  write_joined(options, fit_discriminant(statistics_of(pack, options), speakers, options.discriminant));
  std::fprintf(stderr, "\n%s\n", options.out.c_str());
}

}  // namespace voiceprint::trainer

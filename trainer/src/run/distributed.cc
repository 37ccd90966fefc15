#include "run/distributed.h"

#include <torch/csrc/utils/tensor_flatten.h>

#include <cstdlib>
#include <functional>
#include <string_view>
#ifdef USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif
#if defined(USE_C10D_NCCL) && __has_include(<nccl.h>)
#define VOICEPRINT_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

namespace voiceprint::trainer {
namespace {

constexpr const char* kVariables[] = {"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"};
constexpr const char* kCure =
    "; start the processes with torchrun, or unset RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT to train "
    "in one process";
constexpr std::size_t kBucketBytes = 25 << 20;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int number(const char* name, int lowest, int highest) {
  const std::string text = variable(name);
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || value < lowest || value > highest) {
    throw TrainerError(std::string(name) + " = '" + text + "' must be a whole number from " + std::to_string(lowest) +
                       " to " + std::to_string(highest) + kCure);
  }
  return static_cast<int>(value);
}

// The first line of what went wrong, without LibTorch's stack.
std::string reason(const std::exception& error) {
  const auto* from_torch = dynamic_cast<const c10::Error*>(&error);
  const std::string text = from_torch != nullptr ? from_torch->what_without_backtrace() : error.what();
  return text.substr(0, text.find('\n'));
}

}  // namespace

Placement placement_from_environment() {
  Placement placement;
  const char *present = nullptr, *missing = nullptr;
  for (const char* name : kVariables) (variable(name).empty() ? missing : present) = name;
  if (present == nullptr) return placement;
  if (missing != nullptr)
    throw TrainerError(std::string("the environment has ") + present + " but not " + missing + kCure);
  placement.size = number("WORLD_SIZE", 1, 65536);
  placement.rank = number("RANK", 0, placement.size - 1);
  placement.local_rank = number("LOCAL_RANK", 0, placement.rank);
  if (!variable("LOCAL_WORLD_SIZE").empty())
    placement.local_size = number("LOCAL_WORLD_SIZE", placement.local_rank + 1, placement.size);
  placement.address = variable("MASTER_ADDR");
  placement.port = static_cast<std::uint16_t>(number("MASTER_PORT", 1, 65535));
  placement.agent_store = variable("TORCHELASTIC_USE_AGENT_STORE") == "True";
  if (const std::string attempt = variable("TORCHELASTIC_RESTART_COUNT"); !attempt.empty()) placement.attempt = attempt;
  return placement;
}

#ifdef USE_C10D_GLOO

struct Processes::Groups {
  using Backend = c10::intrusive_ptr<c10d::Backend>;

  Groups(const Placement& placement, torch::Device device, std::chrono::milliseconds timeout) {
    c10d::TCPStoreOptions options;
    options.port = placement.port;
    options.isServer = placement.rank == 0 && !placement.agent_store;
    options.numWorkers = placement.size;
    options.waitWorkers = false;
    options.timeout = timeout;
    const auto store = c10::make_intrusive<c10d::PrefixStore>(
        "voiceprint/" + placement.attempt, c10::make_intrusive<c10d::TCPStore>(placement.address, options));
    store->setTimeout(timeout);

    auto gloo = c10d::ProcessGroupGloo::Options::create(timeout);
    const std::string interface = variable("GLOO_SOCKET_IFNAME");
    const bool here =
        placement.address == "localhost" || placement.address == "127.0.0.1" || placement.address == "::1";
    gloo->devices.push_back(!interface.empty() ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                            : here             ? c10d::ProcessGroupGloo::createDeviceForHostname(placement.address)
                                               : c10d::ProcessGroupGloo::createDefaultDevice());
    on_host = c10::make_intrusive<c10d::ProcessGroupGloo>(c10::make_intrusive<c10d::PrefixStore>("host", store),
                                                          placement.rank, placement.size, gloo);
    on_device = on_host;
    if (!device.is_cuda()) return;
#ifdef VOICEPRINT_NCCL
    auto nccl = c10d::ProcessGroupNCCL::Options::create();
    nccl->timeout = timeout;
    on_device = c10::make_intrusive<c10d::ProcessGroupNCCL>(c10::make_intrusive<c10d::PrefixStore>("device", store),
                                                            placement.rank, placement.size, nccl);
#else
    throw TrainerError(
        "this trainer was built without NCCL, which several GPUs need; build it with the CUDA build of "
        "LibTorch and nccl.h, or set run.device=cpu");
#endif
  }

  template <typename Action>
  auto in_contact(Action&& action) {
    try {
      return action();
    } catch (const std::exception& error) {
      if (on_device != on_host) on_device->abort();  // else NCCL waits for the lost process for ever
      throw LostContact("rank " + std::to_string(on_host->getRank()) + ": lost contact with the other processes (" +
                        reason(error) + ")");
    }
  }

  // NCCL leaves its failures to the device's stream; the host's calls, at least one a step, are where a lost process
  // shows.
  Backend on_host, on_device;
};

namespace {

std::vector<torch::Tensor> gathered(c10d::Backend& group, const torch::Tensor& rows) {
  std::vector<std::vector<torch::Tensor>> parts(1);
  for (int i = 0; i < group.getSize(); ++i) parts[0].push_back(torch::empty_like(rows));
  std::vector<torch::Tensor> own = {rows};
  group.allgather(parts, own)->wait();
  return parts[0];
}

struct GatherRows : torch::autograd::Function<GatherRows> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& rows,
                               c10d::Backend* group) {
    context->saved_data["rank"] = group->getRank();
    context->saved_data["size"] = group->getSize();
    return torch::cat(gathered(*group, rows.contiguous()));
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const std::int64_t rank = context->saved_data["rank"].toInt(), size = context->saved_data["size"].toInt();
    const std::int64_t rows = gradients[0].size(0) / size;
    return {gradients[0].narrow(0, rank * rows, rows) * size, torch::Tensor()};
  }
};

// `send` each bucket of `tensors`, flattened, all under way at once; then take back what came of them.
void exchange(const std::vector<torch::Tensor>& tensors,
              const std::function<c10::intrusive_ptr<c10d::Work>(std::vector<torch::Tensor>&)>& send,
              const std::function<void(torch::Tensor&)>& finish) {
  const torch::NoGradGuard no_gradient;
  struct Bucket {
    std::vector<torch::Tensor> tensors, flat;
    c10::intrusive_ptr<c10d::Work> work;
  };
  std::vector<Bucket> buckets;
  for (auto& group : torch::utils::take_tensors(tensors, kBucketBytes)) {
    Bucket& bucket = buckets.emplace_back();
    bucket.tensors = std::move(group.tensors);
    bucket.flat = {torch::utils::flatten_dense_tensors(bucket.tensors)};
    bucket.work = send(bucket.flat);
  }
  for (Bucket& bucket : buckets) {
    bucket.work->wait();
    finish(bucket.flat[0]);
    const auto parts = torch::utils::unflatten_dense_tensors(bucket.flat[0], bucket.tensors);
    for (std::size_t i = 0; i < parts.size(); ++i) bucket.tensors[i].copy_(parts[i]);
  }
}

}  // namespace

Processes::Processes(const Placement& placement, torch::Device device, std::chrono::seconds timeout)
    : rank_(placement.rank), size_(placement.size) {
  if (size_ == 1) return;
  try {
    groups_ = std::make_unique<Groups>(placement, device, timeout);
  } catch (const TrainerError&) {
    throw;
  } catch (const std::exception& error) {
    throw TrainerError("rank " + std::to_string(rank_) + ": the " + std::to_string(size_) +
                       " processes did not meet at MASTER_ADDR = " + placement.address +
                       ", MASTER_PORT = " + std::to_string(placement.port) + " (" + reason(error) +
                       "); check that all were started, that the port is free and that no firewall is between");
  }
}

void Processes::average(const std::vector<torch::Tensor>& tensors) const {
  if (groups_ == nullptr) return;
  groups_->in_contact([&] {
    exchange(
        tensors, [&](std::vector<torch::Tensor>& flat) { return groups_->on_device->allreduce(flat); },
        [&](torch::Tensor& flat) { flat.div_(size_); });
  });
}

void Processes::broadcast(const std::vector<torch::Tensor>& tensors) const {
  if (groups_ == nullptr) return;
  groups_->in_contact([&] {
    exchange(
        tensors, [&](std::vector<torch::Tensor>& flat) { return groups_->on_device->broadcast(flat); },
        [](torch::Tensor&) {});
  });
}

torch::Tensor Processes::gather_rows(const torch::Tensor& rows) const {
  if (groups_ == nullptr) return rows;
  return groups_->in_contact([&] { return GatherRows::apply(rows, groups_->on_device.get()); });
}

std::vector<double> Processes::sum(const std::vector<double>& values) const {
  if (groups_ == nullptr) return values;
  return groups_->in_contact([&] {
    std::vector<torch::Tensor> total = {torch::tensor(values, torch::kFloat64)};
    groups_->on_host->allreduce(total)->wait();
    const double* data = total[0].const_data_ptr<double>();
    return std::vector<double>(data, data + values.size());
  });
}

void Processes::require_same(std::int64_t value, const std::string& what, const std::string& cure) const {
  if (groups_ == nullptr) return;
  std::vector<torch::Tensor> firsts = {torch::tensor({value}, torch::kInt64)};
  groups_->in_contact([&] { groups_->on_host->broadcast(firsts)->wait(); });
  if (any(firsts[0].item<std::int64_t>() != value))
    throw TrainerError("the processes disagree on " + what + ": " + cure);
}

#else

struct Processes::Groups {};

Processes::Processes(const Placement& placement, torch::Device, std::chrono::seconds) {
  if (placement.size > 1)
    throw TrainerError("this LibTorch has no c10d with Gloo, which several processes need; use the PyPI wheel's");
}
void Processes::average(const std::vector<torch::Tensor>&) const {}
void Processes::broadcast(const std::vector<torch::Tensor>&) const {}
torch::Tensor Processes::gather_rows(const torch::Tensor& rows) const {
  return rows;
}
std::vector<double> Processes::sum(const std::vector<double>& values) const {
  return values;
}
void Processes::require_same(std::int64_t, const std::string&, const std::string&) const {}

#endif

Processes::Processes() = default;
Processes::~Processes() = default;

}  // namespace voiceprint::trainer

// Several processes, on one machine or more, that train one network on the same batches: each makes its share of the
// crops, and the gradients are averaged (data parallel). LibTorch's own c10d carries it: Gloo between CPUs, NCCL
// between GPUs.
//
// The classification loss is a mean over crops and the shares are of one size, so the average of the gradients is the
// gradient of the whole batch. Batch normalisation sees the crops of its own process only, as in
// DistributedDataParallel; rank 0's running statistics are the ones that are saved and evaluated.
#pragma once

#include <torch/torch.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "error.h"

namespace voiceprint::trainer {

// Which of the processes this one is, and where they meet.
struct Placement {
  int rank = 0, size = 1;              // among all
  int local_rank = 0, local_size = 1;  // among those on this machine
  std::string address;                 // of rank 0's machine
  std::uint16_t port = 0;
  bool agent_store = false;   // torchrun hosts the meeting point; else rank 0 does
  std::string attempt = "0";  // of torchrun, which starts the processes again after a failure (--max-restarts)
};

// From the variables that torchrun sets: RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT; LOCAL_WORLD_SIZE,
// TORCHELASTIC_USE_AGENT_STORE and TORCHELASTIC_RESTART_COUNT if they are there. With none of the five this process is
// alone. TrainerError names a variable that is missing or makes no sense.
Placement placement_from_environment();

// Another process ended, or did not answer in time. What was under way is void; so are all later calls.
class LostContact : public TrainerError {
  using TrainerError::TrainerError;
};

// All calls but rank() and size() must be made by all processes, in one order, with tensors of the same shapes. They
// throw LostContact. A process that is alone sends nothing.
class Processes {
 public:
  Processes();  // this one alone
  // Meets the others; tensors will lie on `device` (the CPU or one GPU). TrainerError if they do not come within
  // `timeout`, which is also how long any later call waits for them.
  Processes(const Placement& placement, torch::Device device, std::chrono::seconds timeout);
  ~Processes();

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool first() const { return rank_ == 0; }

  // Replaces each tensor by its mean over the processes: the same bits in all of them. Not finite in one, not finite in
  // all.
  void average(const std::vector<torch::Tensor>& tensors) const;
  // Replaces each tensor by rank 0's.
  void broadcast(const std::vector<torch::Tensor>& tensors) const;
  // [rows, ...] of each process to [size * rows, ...], by rank. For a loss that every process computes on all rows: the
  // gradient of its own rows is multiplied by `size`, so that average() gives the sum over the processes.
  torch::Tensor gather_rows(const torch::Tensor& rows) const;

  std::vector<double> sum(const std::vector<double>& values) const;
  bool any(bool value) const { return sum({value ? 1.0 : 0.0})[0] > 0; }
  void wait_for_all() const { sum({0.0}); }
  // TrainerError "the processes disagree on `what`: `cure`" in all of them if one has another value.
  void require_same(std::int64_t value, const std::string& what, const std::string& cure) const;

 private:
  struct Groups;
  int rank_ = 0, size_ = 1;
  std::unique_ptr<Groups> groups_;  // none when alone
};

}  // namespace voiceprint::trainer

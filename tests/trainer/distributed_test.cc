// Two processes on this machine, over Gloo: they compute what one process computes on the joint batch, and when one is
// lost the other says so and the run goes on from its checkpoint.
#include "run/distributed.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <torch/torch.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <thread>

#include "data/batch_loader.h"
#include "expect_error.h"
#include "made_up_voices.h"
#include "run/checkpoint.h"
#include "run/train.h"
#include "run/training_step.h"
#include "run/write_file.h"
#include "temporary_folder.h"

extern char** environ;

namespace voiceprint::trainer {
namespace {

constexpr int kSteps = 4;

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET, address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(socket, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(socket);
  return ntohs(address.sin_port);
}

// A command started twice, as ranks 0 and 1. Both are gone when it is.
class TwoRanks {
 public:
  TwoRanks(std::vector<std::string> words, const TemporaryFolder& folder) : log_(folder / "rank") {
    const std::string port = std::to_string(free_port());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    for (int rank = 0; rank < 2; ++rank) {
      std::vector<std::string> variables = {"RANK=" + std::to_string(rank),
                                            "LOCAL_RANK=" + std::to_string(rank),
                                            "WORLD_SIZE=2",
                                            "LOCAL_WORLD_SIZE=2",
                                            "MASTER_ADDR=127.0.0.1",
                                            "MASTER_PORT=" + port};
      std::vector<char*> environment;
      for (std::string& text : variables) environment.push_back(text.data());
      for (char** inherited = environ; *inherited != nullptr; ++inherited) environment.push_back(*inherited);
      environment.push_back(nullptr);
      posix_spawn_file_actions_t actions;
      posix_spawn_file_actions_init(&actions);
      posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log(rank).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, (log(rank) + ".out").c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC, 0600);
      EXPECT_EQ(posix_spawn(&process_[rank], argv[0], &actions, nullptr, argv.data(), environment.data()), 0);
      posix_spawn_file_actions_destroy(&actions);
    }
  }
  ~TwoRanks() {
    for (int rank = 0; rank < 2; ++rank) {
      send(rank, SIGKILL);
      if (process_[rank] > 0) ::waitpid(process_[rank], nullptr, 0);
    }
  }
  void send(int rank, int signal) {
    if (process_[rank] > 0) ::kill(process_[rank], signal);
  }
  // Its exit status; -1 after a signal, -2 if it is still there after half a minute.
  int wait(int rank) {
    for (int i = 0; i < 3000; ++i) {
      int status = 0;
      if (::waitpid(process_[rank], &status, WNOHANG) == process_[rank]) {
        process_[rank] = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return -2;
  }
  std::string said(int rank) const { return read_file(log(rank)) + read_file(log(rank) + ".out"); }

 private:
  std::string log(int rank) const { return log_ + std::to_string(rank); }
  std::string log_;
  pid_t process_[2] = {0, 0};
};

// A few steps; gradients of the first and weights of the last go to `path`. Batch normalisation is in evaluation mode:
// in training mode each process normalises by its own crops (as every data-parallel trainer does), so that its
// gradients are not those of the joint batch, even in exact arithmetic.
void train_part(const Config& config, const Processes& processes, const std::string& path) {
  at::set_num_threads(1);
  torch::manual_seed(7 + static_cast<std::uint64_t>(processes.rank()));  // rank 0's weights must reach all
  const BatchLoader loader(config, 0, {processes.rank(), processes.size()});
  TrainingState state(config, loader.num_classes(), torch::kCPU);
  state.model.train(false);
  std::vector<torch::Tensor> parameters = state.model.parameters();
  for (const torch::Tensor& parameter : state.head->parameters()) parameters.push_back(parameter);
  processes.broadcast(parameters);
  TensorFile file;
  for (int step = 0; step < kSteps; ++step) {
    training_step(state, loader.make(step), config, processes);
    if (step > 0) continue;
    for (std::size_t i = 0; i < parameters.size(); ++i)
      store_tensor(file, "gradient/" + std::to_string(i), parameters[i].grad());
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) store_tensor(file, "weight/" + std::to_string(i), parameters[i]);
  write_tensor_file(path, file);
}

torch::Tensor tensor_of(const TensorFile& file, const std::string& name) {
  torch::Tensor tensor = torch::empty(file.at(name, "file").shape);
  restore_tensor(file, "file", name, tensor);
  return tensor;
}

// What each rank of the tests below runs, started by them.
TEST(DistributedRank, DISABLED_TrainsItsPart) {
  const std::string folder = std::getenv("VOICEPRINT_RANKS");
  const Placement placement = placement_from_environment();
  const Processes processes(placement, torch::kCPU, std::chrono::seconds(20));
  for (const char* kind : {"aam", "triplet"}) {
    const Config config = load_config(folder + "/" + kind + ".json", {});
    train_part(config, processes, folder + "/" + kind + std::to_string(processes.rank()));
  }

  EXPECT_EQ(processes.sum({1.0, static_cast<double>(processes.rank())}), (std::vector<double>{2.0, 1.0}));
  EXPECT_TRUE(processes.any(processes.rank() == 1));
  EXPECT_FALSE(processes.any(false));
  processes.require_same(5, "five", "");
  EXPECT_ERROR(processes.require_same(processes.rank(), "the rank", "as it must"),
               "the processes disagree on the rank: as it must");
  // More than one bucket, of two types.
  std::vector<torch::Tensor> many = {
      torch::full({5'000'000}, placement.rank), torch::full({3, 2}, 4.0 * placement.rank),
      torch::full({4'000'000}, 2.0 * placement.rank), torch::full({2}, placement.rank, torch::kFloat64)};
  many[0] = many[0].to(torch::kFloat32);
  processes.average(many);
  EXPECT_TRUE(many[0].eq(0.5).all().item<bool>());
  EXPECT_TRUE(many[1].eq(2.0).all().item<bool>());
  EXPECT_TRUE(many[2].eq(1.0).all().item<bool>());
  EXPECT_TRUE(many[3].eq(0.5).all().item<bool>());
  // A gradient that overflows in one process makes all skip the step.
  const torch::Tensor parameter = torch::zeros({2}, torch::requires_grad());
  parameter.mutable_grad() =
      torch::full({2}, placement.rank == 1 ? std::numeric_limits<float>::infinity() : 1.0f, torch::kFloat32);
  processes.average({parameter.grad()});
  LossScaler scaler(true, torch::kCPU);
  EXPECT_FALSE(scaler.unscale({parameter}));
}

TEST(Distributed, TwoProcessesComputeWhatOneDoesOnTheJointBatch) {
  const TemporaryFolder folder;
  write_voices(folder / "pack", 8, 3);
  Config config = small_config(folder / "pack");
  config.augment.noise = config.augment.speed = config.augment.spec = 0.5;
  config.optim.kind = "sgd", config.optim.clip_norm = 0, config.optim.lr = 0.05, config.optim.warmup = 0;
  config.run.steps = kSteps;
  for (const char* kind : {"aam", "triplet"}) {  // both with a loss between crops of different processes
    config.loss.kind = kind, config.loss.contrast = config.loss.kind == "aam" ? 0.5 : 0.0;
    write_file_atomically(folder / (std::string(kind) + ".json"), to_json(config).dump());
  }
  ::setenv("VOICEPRINT_RANKS", (folder / "").c_str(), 1);
  TwoRanks ranks({"/proc/self/exe", "--gtest_also_run_disabled_tests", "--gtest_filter=DistributedRank.*"}, folder);
  for (int rank = 0; rank < 2; ++rank) ASSERT_EQ(ranks.wait(rank), 0) << ranks.said(rank);

  for (const char* kind : {"aam", "triplet"}) {
    train_part(load_config(folder / (std::string(kind) + ".json"), {}), Processes(),
               folder / (std::string(kind) + "-one"));
    const TensorFile one = read_tensor_file(folder / (std::string(kind) + "-one")),
                     first = read_tensor_file(folder / (std::string(kind) + "0")),
                     second = read_tensor_file(folder / (std::string(kind) + "1"));
    ASSERT_EQ(one.tensors.size(), first.tensors.size());
    double largest = 0;
    for (const auto& [name, stored] : one.tensors) {
      if (name.rfind("gradient/", 0) == 0) largest = std::max(largest, tensor_of(one, name).abs().max().item<double>());
    }
    for (const auto& [name, stored] : one.tensors) {
      EXPECT_EQ(first.tensors.at(name).data, second.tensors.at(name).data) << kind << " " << name;
      const torch::Tensor expected = tensor_of(one, name), got = tensor_of(first, name);
      // The second term is for the bias in front of the attention's softmax: its gradient is 0, and what is there is
      // the rounding of sums over terms of the others' size.
      const double scale = expected.abs().max().item<double>(), error = (got - expected).abs().max().item<double>();
      EXPECT_LE(error, 2e-5 * scale + 1e-6 * largest) << kind << " " << name << " of " << scale;
    }
    EXPECT_GT(largest, 1e-2) << kind;
  }
}

// `trainer train` as two ranks.
class DistributedTrainer : public ::testing::Test {
 protected:
  void SetUp() override {
    write_voices(folder_ / "pack", 8, 2);
    config_ = small_config(folder_ / "pack");
    config_.run.steps = 60, config_.run.distributed_timeout_s = 20;
  }
  std::vector<std::string> command(const std::string& out, bool resume = false) {
    write_file_atomically(folder_ / "config.json", to_json(config_).dump());
    std::vector<std::string> words = {VOICEPRINT_TRAINER, "train", folder_ / "config.json", "--out", folder_ / out};
    if (resume) words.push_back("--resume");
    return words;
  }
  void wait_for_checkpoint(const std::string& out) {
    for (int i = 0; i < 6000 && !std::filesystem::exists(folder_ / (out + "/last.safetensors")); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  TemporaryFolder folder_;
  Config config_;
};

TEST_F(DistributedTrainer, ResumesAfterARankIsKilled) {
  {
    TwoRanks ranks(command("whole"), folder_);
    for (int rank = 0; rank < 2; ++rank) ASSERT_EQ(ranks.wait(rank), 0) << ranks.said(rank);
    EXPECT_NE(ranks.said(0).find("2 x cpu"), std::string::npos) << ranks.said(0);
    EXPECT_EQ(ranks.said(1).find("step"), std::string::npos) << ranks.said(1);  // one writer
  }
  {
    TwoRanks ranks(command("parts"), folder_);
    wait_for_checkpoint("parts");
    ranks.send(1, SIGKILL);
    EXPECT_EQ(ranks.wait(0), 1);
    const std::string said = ranks.said(0);
    EXPECT_NE(said.find("rank 0: lost contact with the other processes ("), std::string::npos) << said;
    EXPECT_NE(
        said.find("); the last checkpoint is " + folder_ / "parts/last.safetensors" + "; start again with --resume"),
        std::string::npos)
        << said;
  }
  EXPECT_LT(checkpoint_number(read_tensor_file(folder_ / "parts/last.safetensors"), "x", "step"), 60);
  TwoRanks ranks(command("parts", true), folder_);
  for (int rank = 0; rank < 2; ++rank) ASSERT_EQ(ranks.wait(rank), 0) << ranks.said(rank);
  const TensorFile whole = read_tensor_file(folder_ / "whole/last.safetensors"),
                   parts = read_tensor_file(folder_ / "parts/last.safetensors");
  for (const auto& [name, stored] : whole.tensors) {
    // Rank 1 went on from rank 0's statistics, which nothing reads while training.
    EXPECT_EQ(stored.data, parts.tensors.at(name).data) << name;
  }
}

TEST_F(DistributedTrainer, DoesNotWaitForeverForARankThatHangs) {
  config_.run.distributed_timeout_s = 3, config_.run.steps = 1'000'000;
  TwoRanks ranks(command("out"), folder_);
  wait_for_checkpoint("out");
  ranks.send(1, SIGSTOP);
  EXPECT_EQ(ranks.wait(0), 1);
  EXPECT_NE(ranks.said(0).find("rank 0: lost contact"), std::string::npos) << ranks.said(0);
}

TEST_F(DistributedTrainer, StopsAllRanksAtOneStep) {
  config_.run.steps = 1'000'000;
  TwoRanks ranks(command("out"), folder_);
  wait_for_checkpoint("out");
  ranks.send(1, SIGTERM);
  EXPECT_EQ(ranks.wait(0), 130) << ranks.said(0);
  EXPECT_EQ(ranks.wait(1), 130) << ranks.said(1);
  EXPECT_NE(ranks.said(0).find("stopped at step"), std::string::npos);
}

class DistributedEnvironment : public ::testing::Test {
 protected:
  void SetUp() override {
    set("RANK", "1"), set("WORLD_SIZE", "3"), set("LOCAL_RANK", "1"), set("MASTER_ADDR", "127.0.0.1"),
        set("MASTER_PORT", "29500");
  }
  void TearDown() override {
    for (const char* name : {"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT", "LOCAL_WORLD_SIZE"})
      ::unsetenv(name);
  }
  static void set(const char* name, const char* value) { ::setenv(name, value, 1); }
};

TEST_F(DistributedEnvironment, IsReadAsTorchrunSetsIt) {
  const Placement placement = placement_from_environment();
  EXPECT_EQ(placement.rank, 1);
  EXPECT_EQ(placement.size, 3);
  EXPECT_EQ(placement.address, "127.0.0.1");
  EXPECT_EQ(placement.port, 29500);
  EXPECT_FALSE(placement.agent_store);
  TearDown();
  EXPECT_EQ(placement_from_environment().size, 1);
}

TEST_F(DistributedEnvironment, SaysWhatIsWrong) {
  const auto refused = [&](const char* name, const char* value, const char* message) {
    set(name, value);
    EXPECT_ERROR(placement_from_environment(), message);
    SetUp();
  };
  refused("RANK", "3", "RANK = '3' must be a whole number from 0 to 2; start the processes with torchrun, or unset");
  refused("RANK", "one", "RANK = 'one' must be a whole number");
  refused("WORLD_SIZE", "0", "WORLD_SIZE = '0' must be a whole number from 1");
  refused("LOCAL_RANK", "2", "LOCAL_RANK = '2' must be a whole number from 0 to 1");
  refused("LOCAL_WORLD_SIZE", "1", "LOCAL_WORLD_SIZE = '1' must be a whole number from 2 to 3");
  ::unsetenv("LOCAL_WORLD_SIZE");
  refused("MASTER_PORT", "70000", "MASTER_PORT = '70000' must be a whole number from 1 to 65535");
  refused("MASTER_ADDR", "", "but not MASTER_ADDR; start the processes with torchrun");

  const TemporaryFolder folder;
  EXPECT_ERROR(train(small_config(folder / "none"), folder / "out", false),
               "data.speakers_per_batch = 8 cannot be shared equally by 3 processes; make it a multiple of 3");
  EXPECT_ERROR(Processes(placement_from_environment(), torch::kCPU, std::chrono::seconds(1)),
               "rank 1: the 3 processes did not meet at MASTER_ADDR = 127.0.0.1, MASTER_PORT = 29500");
}

}  // namespace
}  // namespace voiceprint::trainer

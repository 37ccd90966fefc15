// Work on threads, results in order: what a long list of independent files needs.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace voiceprint::trainer {

// Calls `work(i)` for i in [first, count) on `num_threads` threads and `take(i, result)` in order on this one, until
// `stop()` says so (it is asked between results and ten times a second). At most 8 results per thread wait. `work`
// must not throw; what `take` throws ends the threads and is passed on.
template <typename Work, typename Take, typename Stop>
void in_order(std::size_t first, std::size_t count, std::size_t num_threads, const Work& work, const Take& take,
              const Stop& stop) {
  using Value = decltype(work(first));
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::size_t, Value> ready;
  std::size_t next_to_make = first, next_to_take = first;
  const std::size_t ahead = 8 * num_threads;
  bool stopping = false;

  const auto run = [&] {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return stopping || next_to_make >= count || next_to_make < next_to_take + ahead; });
      if (stopping || next_to_make >= count) return;
      const std::size_t index = next_to_make++;
      lock.unlock();
      Value value = work(index);
      lock.lock();
      ready.emplace(index, std::move(value));
      changed.notify_all();
    }
  };
  struct Threads {
    std::mutex& mutex;
    std::condition_variable& changed;
    bool& stopping;
    std::vector<std::thread> threads;
    ~Threads() {
      {
        const std::lock_guard lock(mutex);
        stopping = true;
      }
      changed.notify_all();
      for (std::thread& thread : threads) thread.join();
    }
  } threads{mutex, changed, stopping, {}};
  for (std::size_t i = 0; i < std::min(num_threads, count - first); ++i) threads.threads.emplace_back(run);

  while (next_to_take < count && !stop()) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, std::chrono::milliseconds(100), [&] { return ready.count(next_to_take) > 0; });
    const auto found = ready.find(next_to_take);
    if (found == ready.end()) continue;
    Value value = std::move(found->second);
    ready.erase(found);
    const std::size_t index = next_to_take++;
    lock.unlock();
    changed.notify_all();
    take(index, std::move(value));
  }
}

}  // namespace voiceprint::trainer

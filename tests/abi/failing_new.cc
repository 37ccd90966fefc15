// Replaces global operator new by one that fails on demand, so that a C test can see what the ABI does without memory.
#include <cstdint>
#include <cstdlib>
#include <new>

// Allocations that still succeed; negative: all do.
extern "C" {
std::int32_t allocations_left = -1;
}

void* operator new(std::size_t num_bytes) {
  if (allocations_left == 0) throw std::bad_alloc();
  if (allocations_left > 0) --allocations_left;
  void* memory = std::malloc(num_bytes == 0 ? 1 : num_bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void* operator new(std::size_t num_bytes, const std::nothrow_t&) noexcept {
  if (allocations_left == 0) return nullptr;
  if (allocations_left > 0) --allocations_left;
  return std::malloc(num_bytes == 0 ? 1 : num_bytes);
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}

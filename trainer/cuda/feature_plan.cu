#include <array>
#include <cstring>

#include "augment.h"
#include "device_batch.h"
#include "device_memory.h"
#include "fbank.h"

namespace voiceprint::trainer {
namespace {

// Pinned host memory, and when its last copy to the device was done.
class PinnedSlot {
 public:
  explicit PinnedSlot(std::size_t bytes) {
    check_cuda(cudaMallocHost(&data_, bytes), "pinned host memory");
    const cudaError_t status = cudaEventCreateWithFlags(&copied_, cudaEventDisableTiming);
    if (status != cudaSuccess) cudaFreeHost(data_);
    check_cuda(status, "cudaEventCreate");
  }
  PinnedSlot(const PinnedSlot&) = delete;
  PinnedSlot& operator=(const PinnedSlot&) = delete;
  ~PinnedSlot() {
    cudaEventDestroy(copied_);
    cudaFreeHost(data_);
  }
  // The memory, once its last copy is done.
  unsigned char* wait() {
    check_cuda(cudaEventSynchronize(copied_), "waiting for an earlier copy");
    return static_cast<unsigned char*>(data_);
  }
  void copy(unsigned char* target, std::size_t bytes, cudaStream_t stream) {
    check_cuda(cudaMemcpyAsync(target, data_, bytes, cudaMemcpyHostToDevice, stream), "copying a batch");
    check_cuda(cudaEventRecord(copied_, stream), "cudaEventRecord");
  }

 private:
  void* data_ = nullptr;
  cudaEvent_t copied_ = nullptr;
};

std::size_t size_of(std::int64_t count) {
  return static_cast<std::size_t>(count);
}

}  // namespace

// On the device and in each slot: the parameters of max_rows crops, then the PCM.
struct DeviceBatch::State {
  std::int32_t max_rows, max_samples;
  std::int64_t max_pcm;
  std::int32_t rows = 0, num_samples = 0;  // as uploaded
  FbankPlan fbank;
  AugmentPlan augment;
  DeviceArray<unsigned char> input;
  DeviceArray<float> samples;
  DeviceArray<std::int32_t> valid_samples;
  std::array<PinnedSlot, kSlots> slots;
  std::size_t next_slot = 0;

  std::size_t pcm_offset() const { return size_of(max_rows) * sizeof(CropParameters); }
  std::size_t input_bytes() const { return pcm_offset() + size_of(max_pcm) * sizeof(std::int16_t); }
  const CropParameters* crops() const { return reinterpret_cast<const CropParameters*>(input.data()); }
  const std::int16_t* pcm() const { return reinterpret_cast<const std::int16_t*>(input.data() + pcm_offset()); }

  State(const FbankOptions& options, std::int32_t row_count, std::int32_t sample_count, std::int64_t pcm_count,
        const std::vector<std::vector<float>>& responses)
      : max_rows(row_count),
        max_samples(sample_count),
        max_pcm(pcm_count),
        fbank(options, max_rows, max_samples),
        augment(max_rows, max_samples, responses),
        input(input_bytes()),
        samples(size_of(max_rows) * size_of(max_samples)),
        valid_samples(size_of(max_rows)),
        slots{PinnedSlot(input_bytes()), PinnedSlot(input_bytes()), PinnedSlot(input_bytes())} {}
};

DeviceBatch::DeviceBatch(const FbankOptions& options, std::int32_t max_rows, std::int32_t max_samples,
                         std::int64_t max_pcm, const std::vector<std::vector<float>>& responses) {
  if (max_pcm < 1)
    throw TrainerError("CUDA: a batch with max_pcm = " + std::to_string(max_pcm) + "; it must be positive");
  state_ = std::make_unique<State>(options, max_rows, max_samples, max_pcm, responses);
}

DeviceBatch::DeviceBatch(DeviceBatch&&) noexcept = default;
DeviceBatch::~DeviceBatch() = default;

void DeviceBatch::upload(std::span<const CropParameters> crops, std::span<const std::int16_t> pcm,
                         std::int32_t num_samples, cudaStream_t stream) {
  State& s = *state_;
  if (crops.size() > size_of(s.max_rows) || pcm.size() > size_of(s.max_pcm) || num_samples < 0 ||
      num_samples > s.max_samples)
    throw TrainerError("CUDA: a batch of " + std::to_string(crops.size()) + " crops of " + std::to_string(num_samples) +
                       " samples and " + std::to_string(pcm.size()) + " samples of PCM; this object holds " +
                       std::to_string(s.max_rows) + " of " + std::to_string(s.max_samples) + " and " +
                       std::to_string(s.max_pcm));
  check_crop_parameters(crops, num_samples, static_cast<std::int64_t>(pcm.size()), s.augment.num_responses());
  PinnedSlot& slot = s.slots[s.next_slot];
  s.next_slot = (s.next_slot + 1) % s.slots.size();
  unsigned char* const memory = slot.wait();
  if (!crops.empty()) std::memcpy(memory, crops.data(), crops.size_bytes());
  if (!pcm.empty()) std::memcpy(memory + s.pcm_offset(), pcm.data(), pcm.size_bytes());
  slot.copy(s.input.data(), s.pcm_offset() + pcm.size_bytes(), stream);
  s.rows = static_cast<std::int32_t>(crops.size());
  s.num_samples = num_samples;
}

std::int32_t DeviceBatch::rows() const {
  return state_->rows;
}
std::int32_t DeviceBatch::num_frames() const {
  return state_->fbank.num_frames(state_->num_samples);
}
std::int32_t DeviceBatch::num_bins() const {
  return state_->fbank.num_bins();
}

void DeviceBatch::compute(float* features, cudaStream_t stream) {
  State& s = *state_;
  s.augment.run(s.pcm(), s.crops(), s.rows, s.num_samples, s.samples.data(), stream);
  copy_valid_samples(s.crops(), s.rows, s.valid_samples.data(), stream);
  s.fbank.run(s.samples.data(), s.rows, s.num_samples, s.valid_samples.data(), features, stream);
  mask_features(s.crops(), s.rows, num_frames(), num_bins(), features, stream);
}

}  // namespace voiceprint::trainer

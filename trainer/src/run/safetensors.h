// safetensors: 8-byte little-endian header length, a JSON header {name: {dtype, shape, data_offsets}}, raw data.
//
// Only what the trainer writes: F32 and I64 tensors, "__metadata__" of strings. Reading treats the file as hostile:
// every offset, shape and length is checked before use. Free of LibTorch, so the ONNX writer reads checkpoints too.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace voiceprint::trainer {

struct StoredTensor {
  std::string dtype;                // "F32" or "I64"
  std::vector<std::int64_t> shape;  // empty for a scalar
  std::string data;                 // little-endian, row-major
  std::int64_t num_elements() const;
  std::vector<float> floats() const;  // REQUIRES: dtype == "F32"
};

struct TensorFile {
  std::map<std::string, std::string> metadata;
  std::map<std::string, StoredTensor> tensors;
  // The tensor, or a TrainerError that names it and `path`.
  const StoredTensor& at(const std::string& name, const std::string& path) const;
  // Whether any tensor's name begins so.
  bool has(const std::string& prefix) const;
};

void write_tensor_file(const std::string& path, const TensorFile& file);  // atomically
TensorFile read_tensor_file(const std::string& path);

}  // namespace voiceprint::trainer

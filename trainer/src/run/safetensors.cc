#include "run/safetensors.h"

#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "error.h"
#include "run/write_file.h"

static_assert(std::endian::native == std::endian::little, "tensors are stored in memory order");

namespace voiceprint::trainer {
namespace {

constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own limit

std::size_t element_size(const std::string& dtype) {
  return dtype == "I64" ? 8 : 4;
}

[[noreturn]] void corrupt(const std::string& path, const std::string& what) {
  throw TrainerError(path + ": not a usable safetensors file: " + what + "; restore it from a backup or train again");
}

}  // namespace

std::int64_t StoredTensor::num_elements() const {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  return count;
}

std::vector<float> StoredTensor::floats() const {
  std::vector<float> values(data.size() / sizeof(float));
  std::memcpy(values.data(), data.data(), values.size() * sizeof(float));
  return values;
}

const StoredTensor& TensorFile::at(const std::string& name, const std::string& path) const {
  const auto found = tensors.find(name);
  if (found == tensors.end())
    throw TrainerError(path + ": holds no tensor '" + name + "'; it was written for another architecture");
  return found->second;
}

bool TensorFile::has(const std::string& prefix) const {
  const auto first = tensors.lower_bound(prefix);
  return first != tensors.end() && first->first.rfind(prefix, 0) == 0;
}

void write_tensor_file(const std::string& path, const TensorFile& file) {
  nlohmann::json header = nlohmann::json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : file.tensors) {
    header[name] = {
        {"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {offset, offset + tensor.data.size()}}};
    offset += tensor.data.size();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the data starts aligned
  write_file_atomically(path, [&](const ByteSink& sink) {
    const std::uint64_t length = text.size();
    sink(&length, sizeof length);
    sink(text.data(), text.size());
    for (const auto& entry : file.tensors) sink(entry.second.data.data(), entry.second.data.size());
  });
}

TensorFile read_tensor_file(const std::string& path) {
  const std::string bytes = read_file(path);
  std::uint64_t header_bytes = 0;
  if (bytes.size() < sizeof header_bytes) corrupt(path, "shorter than its header length");
  std::memcpy(&header_bytes, bytes.data(), sizeof header_bytes);
  if (header_bytes > kMaxHeaderBytes || header_bytes > bytes.size() - sizeof header_bytes)
    corrupt(path, "the header is longer than the file");
  const std::size_t data_start = sizeof header_bytes + header_bytes;
  const std::uint64_t data_bytes = bytes.size() - data_start;
  TensorFile file;
  try {
    const auto header = nlohmann::json::parse(bytes.begin() + sizeof header_bytes,
                                              bytes.begin() + static_cast<std::ptrdiff_t>(data_start));
    for (const auto& [name, entry] : header.items()) {
      if (name == "__metadata__") {
        file.metadata = entry.get<std::map<std::string, std::string>>();
        continue;
      }
      StoredTensor tensor;
      tensor.dtype = entry.at("dtype").get<std::string>();
      if (tensor.dtype != "F32" && tensor.dtype != "I64")
        corrupt(path, "tensor '" + name + "' has dtype " + tensor.dtype + ", not F32 or I64");
      tensor.shape = entry.at("shape").get<std::vector<std::int64_t>>();
      std::uint64_t elements = 1;
      for (const std::int64_t extent : tensor.shape) {
        if (extent < 0 || (extent > 0 && elements > data_bytes / static_cast<std::uint64_t>(extent)))
          corrupt(path, "tensor '" + name + "' has an impossible shape");
        elements *= static_cast<std::uint64_t>(extent);
      }
      const auto begin = entry.at("data_offsets").at(0).get<std::uint64_t>();
      const auto end = entry.at("data_offsets").at(1).get<std::uint64_t>();
      if (begin > end || end > data_bytes)
        corrupt(path, "tensor '" + name + "' lies beyond the end (the file was cut)");
      if (end - begin != elements * element_size(tensor.dtype))
        corrupt(path, "tensor '" + name + "' does not fill its shape");
      tensor.data = bytes.substr(data_start + begin, end - begin);
      file.tensors.emplace(name, std::move(tensor));
    }
  } catch (const nlohmann::json::exception& error) {
    corrupt(path, std::string("the header is not the expected JSON: ") + error.what());
  }
  return file;
}

}  // namespace voiceprint::trainer

#include "optim/precision.h"

#include <ATen/core/dispatch/Dispatcher.h>

namespace voiceprint::trainer {
namespace {

bool cpu_knows_bf16() {
  static const bool known = [] {
    const auto asks = c10::Dispatcher::singleton().findSchema({"mkldnn::_is_mkldnn_bf16_supported", ""});
    return asks && asks->typed<bool()>().call();
  }();
  return known;
}

}  // namespace

std::string precision_on(torch::Device device, const std::string& precision) {
  if (precision != "auto") return precision;
  return !device.is_cpu() || cpu_knows_bf16() ? "bf16" : "fp32";
}

}  // namespace voiceprint::trainer

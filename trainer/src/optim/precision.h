// What the backbone computes in while it trains.
#pragma once

#include <torch/torch.h>

#include <string>

namespace voiceprint::trainer {

// optim.precision ("auto", "bf16", "fp16", "fp32") as `device` is to carry it out, never "auto". Auto is bf16 on a GPU
// and on processors for which LibTorch's kernels know it (AVX-512, Arm's bf16); elsewhere, where emulated bf16 takes
// several times as long, it is fp32.
std::string precision_on(torch::Device device, const std::string& precision);

}  // namespace voiceprint::trainer

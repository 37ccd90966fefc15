// Weights that other trainers wrote, under this trainer's names (`trainer import`). Free of LibTorch.
//
// A few rules per architecture rewrite the names; the values stay as they are, but for the attention of ECAPA-TDNN,
// whose first layer reads [frame; mean; deviation] and is two layers here. Every tensor must find its place, except the
// speaker classes ("projection.", "classifier.") and batch counters; every parameter must be filled. Known:
//   wespeaker  ecapa_tdnn*, resnet34, cam_plus_plus, eres2net*, res2net, x_vector
//   3dspeaker  the same, but x_vector, whose second layer they do not have
#pragma once

#include <string>
#include <vector>

#include "run/config.h"
#include "run/safetensors.h"

namespace voiceprint::trainer {

std::vector<std::string> import_sources();  // "wespeaker", "3dspeaker"

// `file` (read from `path`, for messages) as a checkpoint of `config.model`: model/<parameter>, no head, step 0.
// TrainerError: no rules for source and model.kind; a tensor without a place; a parameter that stays empty; another
// shape (trailing extents of 1 aside). It names the first such tensors and the key to change.
TensorFile import_tensors(const TensorFile& file, const std::string& path, const std::string& source,
                          const Config& config);

}  // namespace voiceprint::trainer

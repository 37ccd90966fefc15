// `trainer finetune`: what a second stage of training changes in the configuration of the first. Training itself is
// `train` with run.init.
#pragma once

#include <string>
#include <vector>

#include "run/config.h"

namespace voiceprint::trainer {

// The configuration of `checkpoint`, then the stage's values, then `file` (may be empty) and `overrides`.
//
// On own data (the default): a new head, optim.backbone_lr_scale 0.5, optim.lr 1e-4; the backbone is frozen for the
// first 5 % of the steps.
// With `large_margin`: the head goes on, with a fixed margin of 0.5 (kinds other than aam: 0.3, or theirs if wider) and
// no inter-top-k; crops of 6 s, or as long as half of the speakers' speech is, if that is less; optim.lr 1e-4 falling
// exponentially to 2.5e-5; no speed classes; half the speakers per batch, a twentieth of the steps. TrainerError when
// the head has no rows for the pack's speakers.
Config finetune_config(const std::string& checkpoint, bool large_margin, const std::string& file,
                       const std::vector<std::string>& overrides);

}  // namespace voiceprint::trainer

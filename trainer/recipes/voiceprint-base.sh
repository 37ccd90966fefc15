#!/usr/bin/env bash
# voiceprint-base: of the networks on the way to voiceprint-small the first, which saw more augmentation, and the one trained on without
# any, side by side, and long-term statistics of 128 dimensions beside them. Called like voiceprint-small.sh, which it begins with; that
# takes all the time.
set -euo pipefail
trainer=$1 runs=.runs/voiceprint-small base=.runs/voiceprint-base

trainer/recipes/voiceprint-small.sh "$trainer"
mkdir -p "$base"
"$trainer" join "$runs/first/last.safetensors" "$runs/clean/last.safetensors" --out "$base/networks.safetensors"
"$trainer" lda --checkpoint "$base/networks.safetensors" lda.dim=128 --out "$base/joined.safetensors"

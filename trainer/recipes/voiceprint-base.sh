#!/usr/bin/env bash
# voiceprint-base: the network of the recipe voiceprint-small, the same trained on without augmentation, and long-term statistics of
# 128 dimensions, side by side. `./dev train voiceprint-base` calls this with the trainer's path, from the root of the project, when
# the packs are there; the same command goes on after a stop.
# Cost: that of voiceprint-small, then 154,000 crops, which took 26 minutes on two cores (AVX-512 with bf16 or AMX), then a minute.
set -euo pipefail
trainer=$1 small=.runs/voiceprint-small base=.runs/voiceprint-base

# step COMMAND SOURCE FOLDER KEY=VALUE...: trains in FOLDER, or goes on there.
step() {
  local resume=()
  if [[ -f $3/last.safetensors ]]; then resume=(--resume); fi
  "$trainer" "$1" "$2" "${@:4}" --out "$3" "${resume[@]}"
}

step train trainer/recipes/voiceprint-small.json "$small"
step finetune "$small/last.safetensors" "$base/gentle" augment.{room,device,noise,codec,spec,speed}=0 run.init_head=true \
  optim.{lr=5e-4,final_lr=1e-5,backbone_lr_scale=1,ema_decay=0.99} run.{steps=400,eval_every=200,checkpoint_every=100}
step finetune "$base/gentle/last.safetensors" "$base/clean" run.init_head=true run.freeze= \
  optim.{lr=1.5e-3,final_lr=1e-5,warmup=0.1,ema_decay=0.995} run.{steps=800,eval_every=400,checkpoint_every=100}
"$trainer" join "$small/last.safetensors" "$base/clean/last.safetensors" --out "$base/networks.safetensors"
"$trainer" lda --checkpoint "$base/networks.safetensors" lda.weight=0.75 lda.dim=128 --out "$base/joined.safetensors"

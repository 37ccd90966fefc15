#!/usr/bin/env bash
# voiceprint-small: a network that some augmentation makes steady (voiceprint-small.json), trained on without it, then with codecs and
# a little noise twice, by AAM-Softmax and by SphereFace2; the mean of the weights of these two and the first, 3 to 3 to 2; and
# long-term statistics beside it.
# `./dev train voiceprint-small` calls this with the trainer's path, from the root of the project, when the packs are there; the same
# command goes on after a stop.
# Cost: 653,000 crops. The first 474,000 took 93 minutes on two cores with AMX, the last two trainings 65 minutes side by side, on one core
# each without AVX-512; then a minute for the statistics.
set -euo pipefail
trainer=$1 runs=.runs/voiceprint-small

# step COMMAND SOURCE FOLDER KEY=VALUE...: trains in FOLDER, or goes on there.
step() {
  local resume=()
  if [[ -f $3/last.safetensors ]]; then resume=(--resume); fi
  "$trainer" "$1" "$2" "${@:4}" --out "$3" "${resume[@]}"
}

step train trainer/recipes/voiceprint-small.json "$runs/first"
step finetune "$runs/first/last.safetensors" "$runs/gentle" augment.{room,device,noise,codec,spec,speed}=0 run.init_head=true \
  optim.{lr=5e-4,final_lr=1e-5,backbone_lr_scale=1,ema_decay=0.99} run.{steps=400,eval_every=200,checkpoint_every=100}
step finetune "$runs/gentle/last.safetensors" "$runs/clean" run.init_head=true run.freeze= \
  optim.{lr=1.5e-3,final_lr=1e-5,warmup=0.1,ema_decay=0.995} run.{steps=800,eval_every=400,checkpoint_every=100}
hot=(augment.{codec=0.1,noise=0.05} run.{steps=700,eval_every=350,checkpoint_every=50,unfreeze_at=0.06}
  optim.{lr=1.5e-3,final_lr=1e-5,warmup=0.1,ema_decay=0.995,backbone_lr_scale=1})
step finetune "$runs/clean/last.safetensors" "$runs/aam" "${hot[@]}" run.seed=3
step finetune "$runs/clean/last.safetensors" "$runs/sphereface2" "${hot[@]}" run.seed=4 loss.{kind=sphereface2,scale=32,margin=0.2}
"$trainer" join --mean "$runs"/{aam,aam,aam,sphereface2,sphereface2,sphereface2,first,first}/last.safetensors --out "$runs/network.safetensors"
"$trainer" lda --checkpoint "$runs/network.safetensors" --out "$runs/joined.safetensors"

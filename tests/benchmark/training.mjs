// Training on the CPU: crops of 2 s per second, of the loader and of the network, each alone, and of the same step in Python's torch.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { python } from './core.mjs';

const root = new URL('../../', import.meta.url).pathname;
const trainer = join(process.env.VOICEPRINT_TRAINER_DIR ?? join(root, 'build', 'trainer', 'trainer'), 'trainer');
const rounds = 3;

function run(program, args) {
  return JSON.parse(execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
}

/**
 * What `trainer bench` prints for ECAPA-TDNN with 256 channels under the shipped recipe's augmentation, and `peer_crops_per_s` of
 * PyTorch eager on a network of the same layers; they take turns, the best round of each counts. null where the trainer is not built.
 */
export function measureTraining() {
  if (!existsSync(trainer)) return null;
  const recipe = join(root, 'trainer', 'recipes', 'voiceprint-small.json');
  let best = null;
  let peer = 0;
  for (let round = 0; round < rounds; round++) {
    const ours = run(trainer, ['bench', recipe, 'model.channels=256', 'data.min_crop_s=2', 'data.max_crop_s=2', 'loss.contrast=0', '--steps', '8']);
    const size = ['--channels', '256', '--joined', '512', '--batch', `${ours.batch_size}`, '--classes', '256'];
    const setting = ['--threads', `${ours.threads}`, '--device', ours.device, '--precision', ours.precision];
    const theirs = run(python, [new URL('training_peer.py', import.meta.url).pathname, ...size, ...setting, '--steps', '8']);
    best = {
      ...ours,
      network_crops_per_s: Math.max(ours.network_crops_per_s, best?.network_crops_per_s ?? 0),
      loader_crops_per_s: Math.max(ours.loader_crops_per_s, best?.loader_crops_per_s ?? 0),
    };
    peer = Math.max(peer, theirs.crops_per_s);
  }
  return { ...best, peer_crops_per_s: peer };
}

// Training on the CPU: crops of 2 s per second, of the loader and of the network, each alone.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('../../', import.meta.url).pathname;
const trainer = join(process.env.VOICEPRINT_TRAINER_DIR ?? join(root, 'build', 'trainer', 'trainer'), 'trainer');

/** What `trainer bench` prints for ECAPA-TDNN with 256 channels under the shipped recipe's augmentation; null where it is not built. */
export function measureTraining() {
  if (!existsSync(trainer)) return null;
  const recipe = join(root, 'trainer', 'recipes', 'voiceprint-small.json');
  const args = ['bench', recipe, 'model.channels=256', 'data.min_crop_s=2', 'data.max_crop_s=2', '--steps', '8'];
  return JSON.parse(execFileSync(trainer, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
}

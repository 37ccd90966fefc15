/** The worker's side: one engine, asked by messages. */
import { Engine } from '../engine.js';
import { serialiseError, VoiceprintError } from '../error.js';
import type { EnginePlatform } from '../platform/platform.js';
import { Task } from '../task.js';
import type { OwnerPort } from './port.js';
import type { Request } from './protocol.js';

export function serve(port: OwnerPort, platform: EnginePlatform): void {
  let engine: Engine | null = null;
  const running = new Map<number, AbortController>();

  const answer = async (request: Request, task: Task) => {
    if (request.kind === 'load') {
      engine = await Engine.load(request.load, platform, task);
      return engine.model;
    }
    if (!engine) throw new VoiceprintError('internal', 'The worker was called before it was loaded.');
    return engine.run(request.call, task);
  };

  port.listen(async (message) => {
    const { id } = message;
    if (message.kind === 'abort') {
      running.get(id)?.abort();
      return;
    }
    const abort = new AbortController();
    running.set(id, abort);
    try {
      const task = new Task(abort.signal, (fraction) => port.post({ kind: 'progress', id, fraction }));
      port.post({ kind: 'done', id, value: await answer(message, task) });
    } catch (error) {
      port.post({ kind: 'failed', id, error: serialiseError(error) });
    } finally {
      running.delete(id);
    }
  });
}

import type { Json } from '../../helpers/mock-fleet.ts';
import { startMockProcess } from '../mock-process.ts';
import { npmPeer } from '../npm.ts';
import type { EngineOfRouter } from './start-router.ts';

export const zeromq = await npmPeer('zeromq', '6.8.0');

export interface SilentEngines extends AsyncDisposable {
  engines: readonly EngineOfRouter[];
}

/** Two engines in a process of their own, silent about who served, with KV events over ZeroMQ. */
export async function startSilentEngines(flags: readonly string[]): Promise<SilentEngines> {
  const folder = zeromq.missing === undefined ? zeromq.folder : '';
  const args = ['up', '--port-base', '0', '--no-served-by', '--kv-events-zmq', 'tcp://127.0.0.1:0'];
  const { child, lines, ready } = await startMockProcess([...args, ...flags], folder);
  return {
    engines: ready.engines.map(({ id, url, kvEvents }: Json) => ({
      id,
      url,
      kvEvents: kvEvents.zmq,
    })),
    [Symbol.asyncDispose]: async () => {
      lines.close();
      child.kill('SIGKILL');
    },
  };
}

import { Agent, request } from 'node:http';
import { expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { configText } from '../../helpers/gateway.ts';
import { MortalEngine } from './mortal-engine.ts';
import { spawnGateway } from './rig.ts';

const DEATHS = 200;
const CLIENTS = 12;
const LIFE_MS_MAX = 60;
const DEAD_MS_MAX = 40;

type Fate = 'whole' | 'cut' | 'no-status' | `${number}`;

const agent = new Agent({ keepAlive: true });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One POST; what its client sees of the answer. */
function post(port: number, id: string): Promise<Fate> {
  return new Promise((resolve) => {
    const headers = { 'x-request-id': id, 'content-length': 2 };
    const sent = request(
      { port, host: '127.0.0.1', path: '/v1/x', method: 'POST', agent, headers },
      (answer) => {
        const { statusCode } = answer;
        answer.resume();
        answer.on('error', () => {});
        answer.on('close', () => {
          if (statusCode !== 200) resolve(`${statusCode!}`);
          else resolve(answer.complete ? 'whole' : 'cut');
        });
      },
    );
    sent.on('error', () => resolve('no-status'));
    sent.end('{}');
  });
}

it(`${DEATHS} engine deaths at random moments lose nothing that the other engine could serve`, async () => {
  const engines = [new MortalEngine(1), new MortalEngine(2)] as const;
  for (const engine of engines) await engine.start();
  const llm = 'fallback: true, retry_policy: {name: NoRetry}';
  await using gateway = await spawnGateway(
    configText({
      endpoints: engines.map(({ port }, at) => ({ id: `engine-${at}`, port, llm })),
    }),
  );
  const fates = new Map<Fate, number>();
  const inFlight = new Set<Promise<Fate>>();
  const over = new AbortController();
  const client = async (name: number): Promise<void> => {
    for (let at = 0; !over.signal.aborted; at++) {
      const asked = post(gateway.port, `${name}-${at}`);
      inFlight.add(asked);
      const fate = await asked;
      inFlight.delete(asked);
      fates.set(fate, (fates.get(fate) ?? 0) + 1);
    }
  };
  const clients = Array.from({ length: CLIENTS }, (_, name) => client(name));
  const random = createRandom(3);
  for (let death = 0; death < DEATHS; death++) {
    await pause(random.next() * LIFE_MS_MAX);
    const engine = engines[random.int(2)]!;
    await engine.kill();
    await pause(random.next() * DEAD_MS_MAX);
    await engine.start();
    // Whoever met this death must not meet the next one: then no engine could have served it.
    await Promise.all(inFlight);
  }
  over.abort();
  await Promise.all(clients);
  for (const engine of engines) await engine.kill();
  agent.destroy();
  const { whole = 0, ...others } = Object.fromEntries(fates);
  expect(whole).toBeGreaterThan(DEATHS * 10);
  // Whatever had begun to arrive at its client was cut, which it can see; all else was served.
  expect(Object.keys(others).filter((it) => it !== 'cut')).toEqual([]);
  expect(others['cut']).toBeGreaterThan(0);
  for (const { seen } of engines) expect(new Set(seen).size).toBe(seen.length);
  gateway.check();
});

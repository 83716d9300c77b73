import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { sumOf } from '../../src/base/lists.ts';
import type { EngineProfile } from '../../mocks/profiles/profile.ts';
import { fleetOf, samplesOf } from '../simulate/scenes.ts';
import type { SimulatedRequest } from '../../src/simulate/workload/simulated-request.ts';

const REQUESTS = 400_000;
const MS_PER_TOKEN = 1;
const [engine] = fleetOf(1, 'instant').engines;

/** One request at a time, each token of its prompt the same time: a queue with one server. */
const SERVER: Partial<EngineProfile> = {
  timing: { ...engine!.profile.timing, prefillMsPerToken: MS_PER_TOKEN },
  tier: null,
  maxNumSeqs: 1,
  maxWaiting: 1_000_000,
  blocks: 64,
};

/** Poisson arrivals of prompts that share nothing. */
function arrivals(
  lengthOf: (draw: number) => number,
  load: number,
  meanTokens: number,
): SimulatedRequest[] {
  const random = createRandom(4);
  let atMs = 0;
  return Array.from({ length: REQUESTS }, (_, index) => {
    atMs -= (Math.log(1 - random.next()) * meanTokens * MS_PER_TOKEN) / load;
    const length = lengthOf(random.next());
    return {
      key: String(index).padStart(6, '0'),
      atMs,
      session: undefined,
      delayMs: 0,
      tokens: () => Uint32Array.from({ length }, (__, at) => (index * 131 + at) % 2 ** 31),
      outputTokens: 1,
    };
  });
}

async function meanWaitMs(requests: readonly SimulatedRequest[]): Promise<number> {
  const samples = await samplesOf('round-robin', {
    fleet: fleetOf(1, 'instant', SERVER),
    requests,
  });
  return sumOf(samples, (it) => it.queueMs!) / samples.length;
}

describe('a queue with one server', () => {
  it('waits as Pollaczek and Khinchine say with equal service times (M/D/1)', async () => {
    const load = 0.6;
    const wait = (load * 12 * MS_PER_TOKEN) / (2 * (1 - load));
    const measured = await meanWaitMs(arrivals(() => 12, load, 12));
    expect(Math.abs(measured / wait - 1)).toBeLessThan(0.01);
  }, 600_000);

  it('and with unlike ones (M/G/1)', async () => {
    const load = 0.5;
    const [short, long, share] = [8, 40, 0.25];
    const mean = share * long + (1 - share) * short;
    const square = share * long ** 2 + (1 - share) * short ** 2;
    const wait = (load * square * MS_PER_TOKEN) / (mean * 2 * (1 - load));
    const measured = await meanWaitMs(
      arrivals((draw) => (draw < share ? long : short), load, mean),
    );
    expect(Math.abs(measured / wait - 1)).toBeLessThan(0.01);
  }, 600_000);
});

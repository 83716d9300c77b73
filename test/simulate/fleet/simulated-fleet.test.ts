import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { SimulatedFleet } from '../../../src/simulate/fleet/simulated-fleet.ts';
import { predictCachedTokens } from '../../helpers/fleet-run.ts';
import { fleetOf } from '../scenes.ts';

const [plain] = fleetOf(1, 'instant').engines;
const profile = { ...plain!.profile, blocks: 40 };
const tier = { ...profile.tier!, chunks: 3, chunkTokens: 64 };

/** Unlike in blocks, chunks and tiers; small enough to forget all the time. */
const FLEET = {
  ...fleetOf(1, 'instant'),
  engines: [
    { id: 'a', profile: { ...profile, tier: null }, hashSeed: 0 },
    { id: 'b', profile: { ...profile, tier: null }, hashSeed: 0 },
    { id: 'c', profile: { ...profile, blockSize: 24, blocks: 30, tier }, hashSeed: 0 },
    { id: 'd', profile: { ...profile, tier: { ...tier, saveUnfullChunk: true } }, hashSeed: 0 },
  ],
};

describe('what a simulated fleet knows of itself', () => {
  it('is what every one of its unlike engines would find', () => {
    const clock = new VirtualClock();
    const fleet = new SimulatedFleet(FLEET, { clock, seed: 1, hasController: false });
    const random = createRandom(8);
    let found = 0;
    for (let round = 0; round < 600; round++) {
      const family = random.int(6);
      const length = 1 + random.int(300);
      const tokens = Uint32Array.from({ length }, (_, at) => family * 1_000 + at);
      const prompt = fleet.hashed(tokens);
      const { heldTokens, seenTokens, storedTokens } = fleet.knowledge.standingOf(prompt, true);
      const request = { key: `${round}`, promptTokens: tokens, hashed: prompt.chains };
      const expected = fleet.engines.map((it) => predictCachedTokens(it, request));
      expect([...heldTokens]).toEqual(expected);
      expect(storedTokens).toBeGreaterThanOrEqual(Math.max(...expected));
      expect(seenTokens).toBeGreaterThanOrEqual(storedTokens);
      found += Math.max(...expected);
      fleet.engines[random.int(4)]!.submit({ ...request, maxTokens: 1 + random.int(20) });
    }
    expect(found).toBeGreaterThan(0);
  });
});

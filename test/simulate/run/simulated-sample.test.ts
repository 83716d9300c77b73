import { expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { sumOf } from '../../../src/base/lists.ts';
import { EngineCore } from '../../../mocks/engine/core/engine-core.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { summarizeRun } from '../../../src/simulate/result/run-figures.ts';
import { LOSSES, lossesOf } from '../../../src/simulate/run/simulated-sample.ts';
import { conversationRows, fileOf } from '../mooncake-file.ts';
import { fleetOf, requestsIn, samplesOf } from '../scenes.ts';

const POLICIES = ['round-robin', 'prefix', 'events', 'oracle'];

it('no run loses less than nothing, and none has more than what is reusable', async () => {
  let cameWhileWaiting = 0;
  for (let seed = 1; seed <= 24; seed++) {
    const random = createRandom(seed);
    const gapMs = [0, 5, 60][random.int(3)]!;
    const blocks = [100, 400][random.int(2)]!;
    const fleet = fleetOf(1 + random.int(4), '8b-h100', {
      blocks,
      maxNumSeqs: 1 + random.int(8),
      ...(random.int(2) === 0 && { tier: null }),
    });
    const requests = requestsIn(fileOf(conversationRows(seed, 40, gapMs)));
    const samples = await samplesOf(POLICIES[seed % 4]!, { fleet, requests, seed });
    for (const sample of samples) {
      const losses = lossesOf(sample);
      expect(Math.min(...Object.values(losses))).toBeGreaterThanOrEqual(0);
      expect(sample.seenTokens - sumOf(LOSSES, (loss) => losses[loss])).toBe(sample.cachedTokens);
      expect(sample.seenTokens).toBeLessThan(sample.promptTokens);
      if (sample.cachedTokens > sample.heldTokens) cameWhileWaiting++;
    }
    const { figures } = summarizeRun(samples, fleet.engines.length, []);
    expect(figures['hit_rate']).toBeLessThanOrEqual(figures['ceiling']!);
  }
  expect(cameWhileWaiting).toBeGreaterThan(0);
});

it('an answer that a prompt goes on from was reusable, though it came while the prompt waited', async () => {
  const fleet = fleetOf(1, '8b-h100', { maxNumSeqs: 1, tier: null });
  const prompt = Uint32Array.from({ length: 64 }, (_, at) => 1_000 + at);
  const { profile } = fleet.engines[0]!;
  const alone = new EngineCore({ id: 'alone', profile, clock: new VirtualClock() });
  const sent = alone.submit({ key: '0', promptTokens: prompt, maxTokens: 40, ignoreEos: true });
  const answer = sent.accepted ? sent.output.tokens : [];
  const request = (key: string, tokens: Uint32Array, outputTokens: number) => ({
    key,
    atMs: Number(key),
    session: undefined,
    delayMs: 0,
    tokens: () => tokens,
    outputTokens,
  });
  const onward = Uint32Array.from([...prompt, ...answer, 7, 7, 7]);
  const requests = [request('0', prompt, 40), request('1', onward, 1)];
  const [, second] = await samplesOf('round-robin', { fleet, requests });
  expect(second).toMatchObject({
    heldTokens: 0,
    storedTokens: 0,
    cachedTokens: 96,
    seenTokens: 96,
  });
});

import { describe, expect, it } from 'vitest';
import { EngineCore } from '../../../../mocks/engine/core/engine-core.ts';
import { builtinProfiles } from '../../../../mocks/profiles/builtin.ts';
import type { EngineProfile } from '../../../../mocks/profiles/profile.ts';
import { createRandom } from '../../../../src/base/random.ts';
import { VirtualClock } from '../../../../src/base/virtual-clock.ts';
import { type Arrival, runFleet } from '../../../helpers/fleet-run.ts';

const PROFILE = builtinProfiles['8b-h100']!;
/** Of each way of stepping, what became of three requests. */
const told: string[] = [];

/** Bursts and lulls, some requests with a common beginning. */
function arrivals(seed: number, count: number): Arrival[] {
  const random = createRandom(seed);
  let atMs = 0;
  return Array.from({ length: count }, (_, index) => {
    atMs += random.next() < 0.3 ? 0 : random.int(400);
    const family = random.int(4);
    return {
      key: `r${String(index).padStart(3, '0')}`,
      atMs,
      promptTokens: Array.from({ length: 20 + random.int(400) }, (__, at) => family * 10_000 + at),
      maxTokens: 1 + random.int(120),
      ignoreEos: true,
    };
  });
}

function journal(list: readonly Arrival[], profile: EngineProfile, isUnheard: boolean): string {
  const engines = ['a', 'b'].map((id) => ({ id, profile }));
  return runFleet(list, {
    engines,
    isUnheard,
    choose: ({ key }) => (Number(key.at(-1)) % 2 === 0 ? 'a' : 'b'),
  }).journal;
}

describe('like steps taken at once', () => {
  it.each([
    ['enough blocks', PROFILE],
    ['no jitter', { ...PROFILE, jitter: { ttftCv: 0, itlCv: 0 } }],
    ['so few blocks that requests are preempted', { ...PROFILE, blocks: 64, tier: null }],
    ['so few places that requests wait', { ...PROFILE, maxNumSeqs: 3 }],
  ])('come to the same as one after another: %s', (_, profile) => {
    for (const seed of [1, 2, 3]) {
      const list = arrivals(seed, 60);
      expect(journal(list, profile, true)).toBe(journal(list, profile, false));
    }
  });

  it('are far fewer timers', () => {
    const timersOf = (isUnheard: boolean): number => {
      const clock = new VirtualClock();
      const engine = new EngineCore({ id: 'a', profile: PROFILE, clock, isUnheard });
      engine.submit({ key: 'r', promptTokens: [1, 2, 3], maxTokens: 400, ignoreEos: true });
      let timers = 0;
      for (let due = clock.nextDueMs(); due !== undefined; due = clock.nextDueMs()) {
        clock.advanceTo(due);
        timers++;
      }
      return timers;
    };
    expect(timersOf(true)).toBeLessThan(timersOf(false) / 4);
  });

  it.each([true, false])(
    'break off where a request is aborted or the engine dies (unheard: %s)',
    (isUnheard) => {
      const clock = new VirtualClock();
      const engine = new EngineCore({ id: 'a', profile: PROFILE, clock, isUnheard });
      const ends: string[] = [];
      const submit = (key: string) =>
        engine.submit(
          { key, promptTokens: [1, 2, 3], maxTokens: 200, ignoreEos: true },
          {
            onFinish: (it) =>
              ends.push(`${key} ${it.finishReason} ${it.outputTokens} ${it.e2eMs.toFixed(6)}`),
          },
        );
      const first = submit('first');
      submit('second');
      clock.advanceTo(700);
      if (first.accepted) engine.abort(first);
      clock.advanceTo(1_300);
      engine.crash(false);
      engine.restart();
      submit('third');
      clock.runToIdle();
      expect(ends.map((it) => it.split(' ').slice(0, 3).join(' '))).toEqual([
        expect.stringMatching(/^first abort [1-9]/),
        expect.stringMatching(/^second abort [1-9]/),
        'third length 200',
      ]);
      told.push(ends.join('\n'));
      expect(new Set(told).size).toBe(1);
    },
  );
});

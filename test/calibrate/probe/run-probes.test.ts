import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { type ProbeGroup, probePlan } from '../../../src/calibrate/probe/plan.ts';
import type { ProbeEngine } from '../../../src/calibrate/probe/probe-engine.ts';
import { runProbes } from '../../../src/calibrate/probe/run-probes.ts';
import type { Sample } from '../../../src/load/sample.ts';
import { streamed } from '../samples.ts';

const LIMITS = {
  rounds: 6,
  contextTokens: 2_048,
  batch: 2,
  cacheTokens: 65_536,
  seed: 1,
  runId: 'r',
};

/** Takes so long for every group, in virtual time. */
class PacedEngine implements ProbeEngine {
  readonly asked: ProbeGroup[] = [];
  drops = 0;
  readonly #clock: VirtualClock;
  readonly #groupMs: number;
  readonly #more: Partial<Sample>;

  constructor(clock: VirtualClock, groupMs: number, more: Partial<Sample> = {}) {
    this.#clock = clock;
    this.#groupMs = groupMs;
    this.#more = more;
  }

  send(group: ProbeGroup): Promise<Sample[]> {
    this.asked.push(group);
    const sentMs = this.#clock.nowMs();
    this.#clock.advanceBy(this.#groupMs);
    const more = { arm: group.arm, block: group.round, ...this.#more };
    return Promise.resolve(
      group.probes.map(() => streamed({ sentMs, ttftMs: 1, tokens: 1, more })),
    );
  }

  dropDeviceCache(): Promise<boolean> {
    this.drops++;
    return Promise.resolve(this.drops < 3);
  }
}

function run(of: {
  budgetMs: number;
  groupMs?: number;
  hasTier?: boolean;
  more?: Partial<Sample>;
}) {
  const clock = new VirtualClock();
  const { budgetMs, groupMs = 10, hasTier = false, more } = of;
  const engine = new PacedEngine(clock, groupMs, more);
  const plan = probePlan({ ...LIMITS, hasTier });
  const { signal } = new AbortController();
  return { engine, plan, clock, done: runProbes(plan, engine, { clock, budgetMs, signal }) };
}

describe('a run of probes', () => {
  it('sends the whole plan, and gives every sample an id of its own', async () => {
    const { done, plan, engine } = run({ budgetMs: 1e9 });
    const { samples, rounds, cut } = await done;
    expect([rounds, cut]).toEqual([6, null]);
    expect(engine.asked).toEqual([...plan.prime, ...plan.rounds.flat()]);
    expect(samples.map(({ id }) => id)).toEqual([...samples.keys()]);
  });

  it('begins no round that would end after the budget, and sends the others whole', async () => {
    const { plan } = run({ budgetMs: 0 });
    const primeMs = plan.prime.length * 10;
    const roundMs = Math.max(...plan.rounds.map((it) => it.length)) * 10;
    const { done, clock, engine } = run({ budgetMs: primeMs + 3.5 * roundMs });
    const { rounds, cut } = await done;
    expect([rounds, cut]).toEqual([3, 'the budget was used up']);
    expect(clock.nowMs()).toBeLessThanOrEqual(primeMs + 3.5 * roundMs);
    expect(engine.asked.at(-1)).toStrictEqual(plan.rounds[2]!.at(-1));
  });

  it('gives up on an engine that answers nothing', async () => {
    const { done, engine } = run({ budgetMs: 1e9, more: { failure: 'http', problem: 'HTTP 400' } });
    await expect(done).rejects.toMatchObject({ code: 'PROBE_UNANSWERED', details: ['HTTP 400'] });
    expect(engine.asked).toHaveLength(3);
  });

  it('says that an engine does not drop its cache', async () => {
    const { done, engine } = run({ budgetMs: 1e9, hasTier: true });
    expect((await done).tierProblem).toContain('reset_prefix_cache');
    expect(engine.asked.slice(-5).map(({ arm }) => arm)).toEqual([
      'prime',
      'tier',
      'prime',
      'tier',
      'prime',
    ]);
  });
});

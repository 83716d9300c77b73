import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/base/random.ts';
import { VirtualClock } from '../../../../src/base/virtual-clock.ts';
import { EngineCore } from '../../../../mocks/engine/core/engine-core.ts';
import {
  type Arrival,
  bestPrediction,
  journalText,
  predictCachedTokens,
  runFleet,
} from '../../../helpers/fleet-run.ts';
import { RunJournal } from '../../../helpers/run-journal.ts';
import { builtinProfiles, instantProfile } from '../../../../mocks/profiles/builtin.ts';
import type { EngineProfile } from '../../../../mocks/profiles/profile.ts';

const ENGINES = ['engine-a', 'engine-b'];

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = createRandom(seed);
  return items
    .map((item) => ({ item, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** 200 requests of 20 families, many arriving at the same instant. */
function arrivals(seed: number): Arrival[] {
  const random = createRandom(seed);
  return Array.from({ length: 200 }, (_, index) => {
    const family = random.int(20);
    const length = 100 + random.int(900);
    return {
      key: `request-${String(index).padStart(3, '0')}`,
      atMs: random.int(40) * 25,
      promptTokens: Array.from({ length }, (__, at) => family * 10_000 + at),
      maxTokens: 1 + random.int(60),
    };
  });
}

function profile(name: string, overrides: Partial<EngineProfile> = {}): EngineProfile {
  return { ...builtinProfiles[name]!, ...overrides };
}

function run(list: readonly Arrival[], engineProfile: EngineProfile, seed = 1) {
  return runFleet(list, {
    engines: ENGINES.map((id) => ({ id, profile: engineProfile })),
    seed,
    choose: ({ key }) => ENGINES[Number(key.slice(-1)) % 2]!,
  });
}

/** Hands each instant's arrivals in by many interleaving lanes instead of in order. */
async function runInLanes(list: readonly Arrival[], engineProfile: EngineProfile, lanes: number) {
  const clock = new VirtualClock();
  const journals = ENGINES.map((id) => ({ id, journal: new RunJournal() }));
  const engines = journals.map(({ id, journal }) => {
    const onRequestEnd = journal.record;
    return new EngineCore({ id, clock, profile: engineProfile, onRequestEnd });
  });
  const pending = list[Symbol.iterator]();
  const lane = async (number: number): Promise<void> => {
    const random = createRandom(number);
    for (const arrival of pending) {
      for (let yields = random.int(lanes); yields > 0; yields--) await Promise.resolve();
      const engine = engines[Number(arrival.key.slice(-1)) % 2]!;
      clock.at(arrival.atMs, () => engine.submit(arrival));
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
  clock.runToIdle();
  return journalText(journals);
}

describe('same seed, same journal', () => {
  it.each(['8b-h100', '70b-h100-tp8', '3b-l40s'])(
    '%s: byte-identical whether one lane or 64 hand the requests in, in any order',
    async (name) => {
      const list = arrivals(5);
      const one = await runInLanes(list, profile(name), 1);
      expect(await runInLanes(list, profile(name), 64)).toBe(one);
      expect(await runInLanes(shuffled(list, 9), profile(name), 64)).toBe(one);
      expect(run(shuffled(list, 3), profile(name)).journal).toBe(one);
    },
  );

  it('the journal of a seed is the same in every process and on every machine', () => {
    const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
    const { journal } = run(arrivals(5), profile('8b-h100'));
    expect(journal.split('\n').slice(0, 3).join('\n')).toMatchInlineSnapshot(`
      "# engine-a
      {"key":"request-000","occurrence":0,"finishReason":"length","promptTokens":439,"outputTokens":6,"cachedTokens":432,"tierCachedTokens":0,"preemptions":0,"submittedMs":325,"finishedMs":1079.986251,"queueMs":221.616009,"ttftMs":568.922314,"prefillMs":347.306305,"decodeMs":184.963938,"e2eMs":754.986251}
      {"key":"request-002","occurrence":0,"finishReason":"length","promptTokens":750,"outputTokens":10,"cachedTokens":0,"tierCachedTokens":0,"preemptions":0,"submittedMs":75,"finishedMs":1106.705898,"queueMs":22.638478,"ttftMs":156.012119,"prefillMs":133.373641,"decodeMs":874.393779,"e2eMs":1031.705898}"
    `);
    expect(digest(journal)).toMatchInlineSnapshot(
      `"80a7550788308eb6314046a36d80dee1b29b1b23c36a70f4d465e49401356987"`,
    );
    expect(digest(run(arrivals(5), profile('instant')).journal)).toMatchInlineSnapshot(
      `"58051dd5eef6317ff8aeb41b5e26c35f3e752dcaa7600224c20393cabbd760f1"`,
    );
  });

  it('another seed gives other times and answers, but the same cached tokens when nothing contends', () => {
    const alone = arrivals(5).map((arrival, index) => ({ ...arrival, atMs: index * 60_000 }));
    const [first, second] = [1, 2].map((seed) => run(alone, profile('8b-h100'), seed));
    expect(first!.journal).not.toBe(second!.journal);
    const cached = (result: typeof first): number[] =>
      result!.samples.map(({ cachedTokens }) => cachedTokens);
    expect(cached(first)).toEqual(cached(second));
  });
});

describe('closed loop', () => {
  interface Turn {
    key: string;
    promptTokens: number[];
  }

  /** 40 conversations of 5 turns, each turn extending the one before. */
  const sessions: Turn[][] = Array.from({ length: 40 }, (_, session) =>
    Array.from({ length: 5 }, (__, turn) => ({
      key: `s${session}-t${turn}`,
      promptTokens: Array.from({ length: 200 + turn * 150 }, (___, at) => session * 5_000 + at),
    })),
  );

  function runClosed(concurrency: number, engineProfile: EngineProfile): string {
    const clock = new VirtualClock();
    const journal = new RunJournal();
    const engine = new EngineCore({
      id: 'engine-a',
      clock,
      profile: engineProfile,
      onRequestEnd: journal.record,
    });
    const waiting = [...sessions];
    const next = (session: Turn[] | undefined, turn: number): void => {
      const request = session?.[turn];
      if (request) {
        engine.submit(request, {
          onFinish: () => clock.at(clock.nowMs(), () => next(session, turn + 1)),
        });
      } else if (waiting.length > 0) next(waiting.shift(), 0);
    };
    for (let client = 0; client < concurrency; client++) next(waiting.shift(), 0);
    clock.runToIdle();
    expect(journal.entries()).toHaveLength(200);
    return journal.timelessLines();
  }

  it.each(['instant', '8b-h100'])(
    '%s: answers and cached tokens do not depend on the concurrency',
    (name) => {
      const alone = runClosed(1, profile(name));
      expect(alone).toContain('"cachedTokens":640');
      for (const concurrency of [7, 40, 500]) {
        expect(runClosed(concurrency, profile(name))).toBe(alone);
      }
    },
  );
});

describe('routing oracle', () => {
  it('regret is zero when every request goes where most of it is cached', () => {
    const list = arrivals(5).map((arrival, index) => ({ ...arrival, atMs: index * 1_000 }));
    const engines = ENGINES.map((id) => ({ id, profile: instantProfile }));
    const best = runFleet(list, {
      engines,
      choose: (arrival, fleet) => {
        const most = bestPrediction(arrival, fleet.engines);
        return fleet.engines.find((engine) => predictCachedTokens(engine, arrival) === most)!.id;
      },
    });
    expect(best.totals.regretTokens).toBe(0);
    expect(best.totals.cachedTokens).toBe(best.totals.bestCachedTokens);
    const spread = run(list, instantProfile);
    expect(spread.totals.regretTokens).toBeGreaterThan(0);
    expect(spread.totals.cachedTokens).toBe(
      spread.totals.bestCachedTokens - spread.totals.regretTokens,
    );
  });
});

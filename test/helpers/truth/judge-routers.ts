import { describe, expect, it } from 'vitest';
import { DIALECTS, type DialectId } from './dialects.ts';
import { type KnownRouter } from './routers.ts';
import { type Judged, runVerify } from './run-verify.ts';
import { startWorld } from './world.ts';

/** Runs per router; TRUTH_RUNS makes a short look possible. */
const RUNS = Number(process.env['TRUTH_RUNS'] ?? 100);
/** Kinds that only vary what another router shows already. */
const VARIANTS = new Set([
  'session',
  'connection',
  'round-robin',
  'least-in-flight',
  'power-of-two',
]);
const VARIANT_SHARE = 0.25;
const TIMEOUT_MS = 15 * 60_000;
/** A run mostly waits for gauges to settle. More at once make the generator late, and runs invalid. */
const AT_ONCE = 3;

const ENGINE_COUNTS = [2, 3, 5];
const KINDS = Object.keys(DIALECTS) as DialectId[];

/** What the probe may call it. Of `one` nothing can be told: it would do the same whatever it knew. */
const NAMES: Record<KnownRouter['knows'], readonly string[]> = {
  index: ['index'],
  memory: ['memory'],
  session: ['session', 'none'],
  connection: ['connection', 'none'],
  one: ['unknown', 'memory', 'one', 'none'],
  nothing: ['none'],
};

interface Run {
  seed: number;
  engineCount: number;
  dialect: DialectId;
  judged: Judged;
}

async function runOnce(router: KnownRouter, seed: number): Promise<Run> {
  // Both cycles are done together only after 21 runs: every kind meets every count.
  const engineCount = ENGINE_COUNTS[seed % ENGINE_COUNTS.length]!;
  const dialect = KINDS[seed % KINDS.length]!;
  const world = await startWorld({
    engineCount,
    seed,
    policy: router.policy,
    engine: () => ({ dialect }),
  });
  try {
    return { seed, engineCount, dialect, judged: await runVerify(world, { seed }) };
  } finally {
    await world.close();
  }
}

async function runsOf(router: KnownRouter, count: number): Promise<Run[]> {
  const runs: Run[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) runs.push(await runOnce(router, next++));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return runs;
}

/** Which runs, in words that name them. */
function named(runs: readonly Run[]): string[] {
  return runs.map(({ seed, engineCount, dialect, judged }) => {
    const { truth, hitRate, learns } = judged;
    const interval = hitRate ? `${hitRate.low.toFixed(3)}–${hitRate.high.toFixed(3)}` : 'none';
    return `seed ${seed}, ${engineCount} × ${dialect}: truth ${truth.hits}/${truth.total}, interval ${interval}, ${judged.checks['hit-rate']}, learns ${learns}`;
  });
}

/** The runs of which this holds, in words, when they are more than this share; else none. */
function beyond(share: number, runs: readonly Run[], isMeant: (run: Run) => boolean): string[] {
  const meant = runs.filter((it) => isMeant(it));
  return meant.length > share * runs.length ? named(meant) : [];
}

function covers({ hitRate, truth }: Judged): boolean {
  const share = truth.hits / truth.total;
  return hitRate !== null && hitRate.low <= share && share <= hitRate.high;
}

/** Each of these routers in many runs over which engines and seed rotate: none is judged wrongly. */
export function describeRouters(routers: readonly KnownRouter[]): void {
  describe.each(routers)('$id', (router) => {
    it(
      'is measured and named for what it is',
      async () => {
        const count = Math.ceil(VARIANTS.has(router.id) ? RUNS * VARIANT_SHARE : RUNS);
        const runs = await runsOf(router, count);

        const wrong = router.isAware ? 'fail' : 'pass';
        expect(named(runs.filter(({ judged }) => judged.checks['hit-rate'] === wrong))).toEqual([]);

        const measured = runs.filter(({ judged }) => judged.hitRate !== null);
        expect(beyond(0.07, measured, ({ judged }) => !covers(judged))).toEqual([]);
        // Engines without counters and reports may leave it open; the others leave no excuse.
        const audible = runs.filter(({ dialect }) => dialect !== 'mute');
        expect(beyond(0.1, audible, ({ judged }) => judged.hitRate === null)).toEqual([]);
        const names = NAMES[router.knows];
        expect(
          beyond(0.01, audible, ({ judged }) => !names.includes(judged.learns ?? 'no probe')),
        ).toEqual([]);
      },
      TIMEOUT_MS,
    );
  });
}

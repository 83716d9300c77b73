import { describe, expect, it } from 'vitest';
import { type Judged, runVerify } from '../helpers/truth/run-verify.ts';
import { SCENARIOS, type Scenario } from '../helpers/truth/scenarios.ts';
import { startWorld } from '../helpers/truth/world.ts';

const SEEDS = Array.from({ length: Number(process.env['TRUTH_SEEDS'] ?? 1) }, (_, seed) => seed);
const TIMEOUT_MS = 120_000;

/** What is wrong shows in the arms that a measured hit rate can do without. */
const ALL_ARMS = { arms: 'BCDN', rounds: '6' };

async function tell({ world: options, flags }: Scenario, seed: number): Promise<Judged> {
  const world = await startWorld({ ...options(), seed });
  try {
    return await runVerify(world, { seed, flags: { ...ALL_ARMS, ...flags } });
  } finally {
    await world.close();
  }
}

/** Of such engines it is true that a hit saves no time. */
function answersAtOnce({ engine }: ReturnType<Scenario['world']>): boolean {
  return engine?.(0).latency === undefined;
}

/** Outcomes that would be false, and causes that accuse the innocent. */
function falsehoods({ never, causes: named, world }: Scenario, judged: Judged): string[] {
  const causes = [...named, ...(answersAtOnce(world()) ? ['nothing-to-gain'] : [])];
  const said = { run: judged.outcome, ...judged.checks };
  const outcomes = Object.entries(never).flatMap(([claim, outcomes]) => {
    const outcome = said[claim as keyof typeof said];
    return outcome !== undefined && outcomes.includes(outcome) ? [`${claim}: ${outcome}`] : [];
  });
  return [
    ...outcomes,
    ...judged.causes.filter((it) => !causes.includes(it)).map((it) => `cause ${it}`),
  ];
}

describe.each(SCENARIOS)('$id', (scenario) => {
  it.each(SEEDS)(
    'is not believed (seed %d)',
    async (seed) => {
      const judged = await tell(scenario, seed);
      expect(falsehoods(scenario, judged)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

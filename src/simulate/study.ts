import type { FleetSpec } from './fleet/fleet-spec.ts';
import { estimateOf } from './result/estimate.ts';
import type { Objective } from './result/objectives.ts';
import type { Setting, SimulatedRow } from './result/result.ts';
import { type RunSummary, summarizeRun } from './result/run-figures.ts';
import { PolicyRun, type Scene } from './run/policy-run.ts';
import type { SimulatedSample } from './run/simulated-sample.ts';
import type { SimulatedPolicy } from './routing/simulated-policy.ts';
import type { SimulatedWorkload } from './workload/simulated-request.ts';

/** What rows of a study have in common. */
export interface StudyPlan {
  seeds: readonly number[];
  objectives: readonly Objective[];
  /** A scene without what a setting decides. */
  scene: Omit<Scene, 'fleet' | 'workload'>;
  fleetOf: (setting: Setting) => FleetSpec;
  /** Of a trace the same for every seed. */
  workloadOf: (setting: Setting, seed: number) => Promise<SimulatedWorkload>;
  signal: AbortSignal;
  /** Told of every request that ended. */
  onRequest: () => void;
  /** Told of each request of the first seed. */
  onSample?: (policy: string, sample: SimulatedSample, engineId: string | null) => void;
}

/**
 * One row: a policy under a setting, with every seed. A seed that the signal cut short is left out, but for the first:
 * of it the requests are summed up that had ended by then. Undefined where none had.
 */
export async function simulateRow(
  plan: StudyPlan,
  policy: SimulatedPolicy,
  setting: Setting,
): Promise<SimulatedRow | undefined> {
  const fleet = plan.fleetOf(setting);
  const summaries: RunSummary[] = [];
  for (const seed of plan.seeds) {
    const workload = await plan.workloadOf(setting, seed);
    const isFirst = seed === plan.seeds[0];
    const summary = await simulateSeed(plan, { policy, fleet, workload, seed, isFirst });
    if (plan.signal.aborted) {
      if (isFirst && summary.figures['requests'] !== 0) {
        return { ...rowOf({ policy, setting, fleet }, [summary]), seeds: 0 };
      }
      break;
    }
    summaries.push(summary);
  }
  return summaries.length === 0 ? undefined : rowOf({ policy, setting, fleet }, summaries);
}

async function simulateSeed(
  { scene, objectives, signal, onRequest, onSample }: StudyPlan,
  run: {
    policy: SimulatedPolicy;
    fleet: FleetSpec;
    workload: SimulatedWorkload;
    seed: number;
    isFirst: boolean;
  },
): Promise<RunSummary> {
  const { policy, fleet, workload, seed, isFirst } = run;
  const samples: SimulatedSample[] = [];
  const idOf = (engine: number | null): string | null =>
    engine === null ? null : fleet.engines[engine]!.id;
  const keep = (sample: SimulatedSample): void => {
    samples.push(sample);
    onRequest();
    if (isFirst) onSample?.(policy.name, sample, idOf(sample.engine));
  };
  await new PolicyRun(
    { ...scene, fleet, workload },
    { policy, seed, signal, onSample: keep },
  ).run();
  return summarizeRun(samples, fleet.engines.length, objectives);
}

/** A row of the runs of its seeds. */
export function rowOf(
  { policy, setting, fleet }: { policy: SimulatedPolicy; setting: Setting; fleet: FleetSpec },
  summaries: readonly RunSummary[],
): SimulatedRow {
  const failures: Record<string, number> = {};
  for (const [reason, count] of summaries.flatMap((it) => Object.entries(it.failures))) {
    failures[reason] = (failures[reason] ?? 0) + count;
  }
  const [first] = summaries as [RunSummary];
  return {
    policy: policy.name,
    setting,
    metrics: Object.fromEntries(
      Object.keys(first.figures).map((name) => [
        name,
        estimateOf(summaries.map(({ figures }) => figures[name] ?? null)),
      ]),
    ),
    failures,
    busiestEngine: first.busiest === null ? null : fleet.engines[first.busiest]!.id,
    seeds: summaries.length,
  };
}

import { type Outcome, worstOutcome } from '../base/outcome.ts';
import { objectiveChecks } from '../simulate/result/judge.ts';
import { parseObjective } from '../simulate/result/objectives.ts';
import type { SimulatedRow, StudyPart } from '../simulate/result/result.ts';
import { reportError } from './errors.ts';
import { type PartReport, refuseForeign, refuseGaps } from './parts.ts';
import type { SimulateReport } from './model.ts';

type Shard = PartReport<SimulateReport, StudyPart>;

const WHOLE = {
  wholes: 'simulations',
  differing: 'shards, policies, settings, seeds',
  remedy: 'Run all shards by one version with the same flags but --shard.',
};

/**
 * The shards of one simulation as the report of the whole: rows in the order in which one process runs them, judged
 * together. Of a shard that was cut short rows are missing, and the whole is partial.
 * @param names of the shards, for people
 * @throws KvcacheError MERGE_UNSUPPORTED, MERGE_TWICE, MERGE_INCOMPLETE, RUNS_INCOMPARABLE (usage)
 */
export function mergeSimulations(
  reports: readonly SimulateReport[],
  names: readonly string[],
  exitCodeOf: (outcome: Outcome) => number,
): SimulateReport {
  const shards = reports.map((report, index) => shardOf(report, names[index]!));
  const [{ report: first, part }] = shards as [Shard];
  for (const shard of shards) refuseForeign(shards[0]!, shard, WHOLE);
  refuseGaps(shards);
  const rows = inOrder(
    shards.flatMap(({ report }) => report.result.rows),
    part,
  );
  const checks = objectiveChecks(rows, first.result.objectives.map(parseObjective));
  const isPartial = reports.some((it) => it.isPartial);
  const judged = worstOutcome(['pass', ...checks.map((it) => it.outcome)]);
  const outcome = isPartial && judged === 'pass' ? 'inconclusive' : judged;
  const { part: _, ...figures } = first.result;
  return {
    ...first,
    outcome,
    exitCode: exitCodeOf(outcome),
    isPartial,
    stopReason: reports.find((it) => it.stopReason !== null)?.stopReason ?? null,
    startedAt: reports.flatMap((it) => it.startedAt ?? []).toSorted()[0] ?? null,
    durationMs: Math.max(...reports.map((it) => it.durationMs ?? 0)),
    checks,
    // Kept of one setting only, and a policy's all by one shard.
    samples: part.policies.flatMap((policy) =>
      reports.flatMap((it) => it.samples.filter(({ arm }) => arm === policy)),
    ),
    result: { ...figures, rows },
  };
}

function shardOf(report: SimulateReport, name: string): Shard {
  const { part } = report.result;
  if (part) return { name, report, part };
  throw reportError('MERGE_UNSUPPORTED', {
    message: `${name} is a whole simulation: only shards of one (--shard) can be merged.`,
    remedy: 'Run every part with --shard 0/n to n-1/n.',
  });
}

/** Settings one after another, in each the policies as they were named. */
function inOrder(rows: readonly SimulatedRow[], { settings, policies }: StudyPart): SimulatedRow[] {
  const keyOf = (policy: string, setting: object): string => JSON.stringify([policy, setting]);
  const found = new Map(rows.map((row) => [keyOf(row.policy, row.setting), row]));
  return settings.flatMap((setting) =>
    policies.flatMap((policy) => found.get(keyOf(policy, setting)) ?? []),
  );
}

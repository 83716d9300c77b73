import { groupBy } from '../../base/lists.ts';
import { type Check, worstOutcome } from '../../base/outcome.ts';
import { logName, type ShardLog } from './shard-log.ts';

/** Values told one by one. */
const TOLD_MAX = 4;

/** What the shards say of themselves: one line where all pass, and each that does not by its name. */
export function ownChecks(logs: readonly ShardLog[]): Check[] {
  const all = logs.flatMap((log) => (log.end?.checks ?? []).map((check) => ({ log, check })));
  return [...groupBy(all, ({ check }) => check.id).values()].flatMap((same) => {
    const [first] = same;
    if (worstOutcome(same.map(({ check }) => check.outcome)) === 'pass') {
      return [{ ...first!.check, actual: jointly(same.map(({ check }) => check.actual)) }];
    }
    return same
      .filter(({ check }) => check.outcome !== 'pass')
      .map(({ log, check }) => ({ ...check, claim: `${logName(log)}: ${check.claim}` }));
  });
}

/** What was seen at each, or, where that is long, that all are fine. */
function jointly(values: readonly string[]): string {
  return values.length <= TOLD_MAX ? values.join('; ') : `fine in all ${values.length} shards`;
}

import { groupBy } from '../../base/lists.ts';
import { type Check, worstOutcome } from '../../base/outcome.ts';
import { logName, type ShardLog } from './shard-log.ts';

/** What the shards say of themselves: one line where all pass, and each that does not by its name. */
export function ownChecks(logs: readonly ShardLog[]): Check[] {
  const all = logs.flatMap((log) => (log.end?.checks ?? []).map((check) => ({ log, check })));
  return [...groupBy(all, ({ check }) => check.id).values()].flatMap((same) => {
    const [first] = same;
    if (worstOutcome(same.map(({ check }) => check.outcome)) === 'pass') {
      return [{ ...first!.check, actual: `${same.length} of ${same.length} shards` }];
    }
    return same
      .filter(({ check }) => check.outcome !== 'pass')
      .map(({ log, check }) => ({ ...check, claim: `${logName(log)}: ${check.claim}` }));
  });
}

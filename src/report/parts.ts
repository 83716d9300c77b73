import { shardName } from '../base/shard.ts';
import { refuseIncomparable } from './compare.ts';
import { reportError } from './errors.ts';
import type { Report } from './model.ts';

/** The report of one of several processes, and which it is. */
export interface PartReport<R extends Report, P extends { shard: number; of: number }> {
  /** For people. */
  name: string;
  report: R;
  part: P;
}

/**
 * Two must be parts of one cut of one whole, by one version.
 * @param is what they are parts of, what may differ, and what mends it
 * @throws KvcacheError RUNS_INCOMPARABLE (usage)
 */
export function refuseForeign<R extends Report, P extends { shard: number; of: number }>(
  first: PartReport<R, P>,
  other: PartReport<R, P>,
  is: { wholes: string; differing: string; remedy: string },
): void {
  refuseIncomparable(first.report, other.report);
  const planOf = ({ report, part }: PartReport<R, P>): string =>
    JSON.stringify([report.version, { ...part, shard: 0 }]);
  if (planOf(first) === planOf(other)) return;
  throw reportError('RUNS_INCOMPARABLE', {
    message: `${first.name} and ${other.name} are parts of different ${is.wholes}: ${is.differing} or versions of kvcache differ.`,
    remedy: is.remedy,
  });
}

/**
 * Every part must be there, and once.
 * @param given one or more, of one cut
 * @throws KvcacheError MERGE_TWICE, MERGE_INCOMPLETE (usage)
 */
export function refuseGaps(
  given: readonly { name: string; part: { shard: number; of: number } }[],
): void {
  const { of } = given[0]!.part;
  const seen = new Map<number, string>();
  for (const { name, part } of given) {
    const { shard } = part;
    const before = seen.get(shard);
    if (before !== undefined) {
      const message = `${before} and ${name} are the same shard, ${shardName({ index: shard, of })}.`;
      throw reportError('MERGE_TWICE', { message });
    }
    seen.set(shard, name);
  }
  const missing = Array.from({ length: of }, (_, shard) => shard).filter((it) => !seen.has(it));
  if (missing.length === 0) return;
  throw reportError('MERGE_INCOMPLETE', {
    message: `Of ${of} shards ${missing.length} are missing: ${missing.slice(0, 8).join(', ')}${missing.length > 8 ? ', …' : ''}.`,
  });
}

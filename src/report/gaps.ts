import { shardName } from '../base/shard.ts';
import { reportError } from './errors.ts';

/**
 * Every part must be there, and once.
 * @param given the parts by their index, named for people
 * @throws KvcacheError MERGE_TWICE, MERGE_INCOMPLETE (usage)
 */
export function refuseGaps(given: readonly { name: string; shard: number }[], of: number): void {
  const seen = new Map<number, string>();
  for (const { name, shard } of given) {
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

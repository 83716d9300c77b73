import { parseShard, type Shard } from '../../base/shard.ts';
import { flagInvalid } from './flag-invalid.ts';

/** What `--shard` says. @throws KvcacheError FLAG_INVALID (kind usage) */
export function shardOf(text: string): Shard {
  const shard = parseShard(text);
  if (shard) return shard;
  throw flagInvalid('--shard', text, 'Write 0/4 to 3/4 for four shards.');
}

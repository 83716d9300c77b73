import { readSamples } from '../../load/read-samples.ts';
import type { Sample } from '../../load/sample.ts';
import { SAMPLES_END_SCHEMA, SAMPLES_NOTE_SCHEMA, SAMPLES_SCHEMA } from '../../load/sample-log.ts';
import { type Shard, shardName } from '../../base/shard.ts';
import type { ShardFacts } from '../../load/shard/shard-facts.ts';
import type { LoadEnd, LoadHead } from '../build-load.ts';
import { readEnd, readFacts, readHead } from './shard-records.ts';

/** The log of one shard, as far as it was read. */
export interface ShardLog {
  path: string;
  /** As people know it: where it was said to be. */
  source: string;
  head: LoadHead | undefined;
  /** Undefined for one that never got to the start. */
  facts: ShardFacts | undefined;
  /** Undefined for one that was killed, or still measures. */
  end: LoadEnd | undefined;
  samples: number;
}

/**
 * What stands before the first measured request.
 * @throws KvcacheError SAMPLES_INVALID (kind usage)
 */
export async function openShardLog(path: string, source: string): Promise<ShardLog> {
  const none = { head: undefined, facts: undefined, end: undefined };
  const log: ShardLog = { path, source, ...none, samples: 0 };
  for await (const _ of samplesOf(log)) break;
  return { ...log, samples: 0 };
}

/**
 * The measured requests of a log, which is complete when they are over.
 * @throws KvcacheError SAMPLES_INVALID (kind usage)
 */
export async function* samplesOf(log: ShardLog): AsyncGenerator<Sample> {
  const rows = readSamples(log.path, (record) => {
    const { schema, ...rest } = record;
    if (schema === SAMPLES_SCHEMA) log.head = readHead(rest, log.path);
    if (schema === SAMPLES_NOTE_SCHEMA) log.facts = readFacts(rest, log.path);
    if (schema === SAMPLES_END_SCHEMA) log.end = readEnd(rest, log.path);
  });
  for await (const sample of rows) {
    if (sample.phase !== 'measure') continue;
    log.samples++;
    yield sample;
  }
}

/** The part that a log says it is of. */
export function partOf({ head, facts }: ShardLog): Shard | undefined {
  return facts ?? head?.shard;
}

/** For messages: `shard 2/4 (out/b.ndjson)`. */
export function logName(log: ShardLog): string {
  const part = partOf(log);
  return part === undefined ? log.source : `shard ${shardName(part)} (${log.source})`;
}

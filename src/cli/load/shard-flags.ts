import { SHARDS_MAX } from '../../load/shard/shard.ts';
import { choice, duration, integer, optional, text } from '../../schema/describe.ts';
import { type FlagTable, row } from '../../schema/flag-row.ts';
import { ENGINE_NAMES } from './emit/engines.ts';

const word = (doc: string, shown?: string) => optional(text(doc), shown);
const incidental = { isIncidental: true } as const;

/** Of `kvcache load` by several processes: the plan is the same however many send it. */
export const SHARD_FLAGS = {
  processes: row(
    'n',
    optional(integer('cut the plan for so many processes', 1, { min: 1, max: SHARDS_MAX })),
    { ...incidental, conflicts: ['shard'] },
  ),
  emit: row(
    'engine',
    optional(choice('write what runs the processes there instead', ENGINE_NAMES, ENGINE_NAMES[0]!)),
    { ...incidental, conflicts: ['shard'] },
  ),
  image: row('name', text('emit kubernetes: image that runs kvcache', 'kvcache'), incidental),
  resultsTo: row(
    'where',
    word(
      'emit: the PersistentVolumeClaim (kubernetes) or the shared folder (slurm) for the samples',
    ),
    incidental,
  ),
  shard: row('i/n', word('send one part of the plan: 0/4 to 3/4; needs --run-id'), incidental),
  startAt: row('time', word('shard: begin then, for example 2026-07-01T12:00:00Z'), {
    ...incidental,
    conflicts: ['barrier'],
  }),
  barrier: row('url', word('shard: wait there for all the others'), incidental),
  barrierListen: row(
    'addr',
    word('shard 0: be the barrier at this address; a port alone is of this machine only'),
    incidental,
  ),
  barrierWait: row(
    'duration',
    duration('shard: how long to wait for the others', { ms: 300_000, shown: '5m' }, { above: 0 }),
    incidental,
  ),
} satisfies FlagTable;

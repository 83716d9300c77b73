import { SHARDS_MAX } from '../../../base/shard.ts';
import { choice, integer, optional, text } from '../../../schema/describe.ts';
import { type FlagTable, row } from '../../../schema/flag-row.ts';
import { ENGINE_NAMES } from './engines.ts';

const incidental = { isIncidental: true } as const;

/** Of a command whose work can be cut in parts, which somebody else runs. */
export const EMIT_FLAGS = {
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
    optional(
      text(
        'emit: the PersistentVolumeClaim (kubernetes) or the shared folder (slurm) for the results',
      ),
    ),
    incidental,
  ),
} satisfies FlagTable;

export const EMIT_FLAG_NAMES = Object.keys(EMIT_FLAGS);

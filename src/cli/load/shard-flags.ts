import { duration, optional, text } from '../../schema/describe.ts';
import { type FlagTable, row } from '../../schema/flag-row.ts';
import { EMIT_FLAGS } from '../shell/emit/flags.ts';

const word = (doc: string, shown?: string) => optional(text(doc), shown);
const incidental = { isIncidental: true } as const;

/** Of `kvcache load` by several processes: the plan is the same however many send it. */
export const SHARD_FLAGS = {
  ...EMIT_FLAGS,
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

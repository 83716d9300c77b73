import { builtinProfiles } from '../../../mocks/profiles/builtin.ts';
import {
  duration,
  flag,
  integer,
  optional,
  type ScalarSchema,
  share,
  text,
  type ValuesOf,
} from '../../schema/describe.ts';
import { type FlagTable, row } from '../../schema/flag-row.ts';
import { ACCESS_FLAGS, AUTO_MODEL } from '../../target/flags.ts';
import type { OutputFlags } from '../shell/options.ts';

const word = (doc: string): ScalarSchema<string | undefined> => optional(text(doc));

/** Every flag of `kvcache calibrate` but those of output, in the order of its help. */
export const CALIBRATE_FLAGS = {
  engine: row('url', word('the engine to probe; nobody else should use it meanwhile'), {
    conflicts: ['samples'],
  }),
  samples: row('file', word('fit what load, verify or calibrate wrote to this sample log')),
  servedBy: row('id', word('of a log with several engines, the one to fit')),
  model: row('name', text('model to ask for, or auto', AUTO_MODEL)),
  ...ACCESS_FLAGS,
  timeout: row(
    'duration',
    duration('bound on one answer', { ms: 120_000, shown: '120s' }, { above: 0 }),
  ),
  base: row(
    'profile',
    text('profile whose values stay where nothing is known; a name or a file', '8b-h100', {
      suggested: Object.keys(builtinProfiles),
    }),
  ),
  out: row('file', word('write the profile there')),
  record: row('file', word('write every probe to a new NDJSON file, which --samples reads')),
  budget: row(
    'duration',
    duration(
      'begin no round of probes that would end later',
      { ms: 180_000, shown: '3m' },
      { above: 0 },
    ),
  ),
  rounds: row(
    'n',
    integer('rounds of probes, every fourth of which is not fitted', 24, { min: 4, max: 1_000 }),
  ),
  promptTokens: row(
    'n',
    optional(
      integer('longest prompt', 1, { min: 64, max: 1_000_000 }),
      'what the engine takes, at most 32,768',
    ),
  ),
  batch: row('n', integer('most prompts at once', 64, { min: 1, max: 1_024 })),
  tier: {
    schema: flag(
      'time loads from the second tier too: drops the engine’s own cache again and again',
      false,
    ),
  },
  maxError: row(
    'share',
    optional(share('fail when predictions are further off', { share: 0, shown: '' })),
  ),
  dryRun: { schema: flag('say what would be asked and what it costs; send no probe', false) },
  seed: row('n', integer('of the lengths and the order of probes', 1, { max: 0xffff_ffff })),
} satisfies FlagTable;

type Schemas = { [Name in keyof typeof CALIBRATE_FLAGS]: (typeof CALIBRATE_FLAGS)[Name]['schema'] };
export type CalibrateFlags = ValuesOf<Schemas> & OutputFlags & { reporter?: string };

import { alternatives } from '../../base/alternatives.ts';
import { ROUTING_POLICY_NAMES } from '../../config/routing-policies.ts';
import {
  choice,
  duration,
  flag,
  integer,
  list,
  number,
  optional,
  type ScalarSchema,
  share,
  text,
  type ValuesOf,
} from '../../schema/describe.ts';
import { type FlagRow, type FlagTable, row } from '../../schema/flag-row.ts';
import { LOAD_FLAGS } from '../load/flags.ts';
import { EMIT_FLAG_NAMES, EMIT_FLAGS } from '../shell/emit/flags.ts';
import type { OutputFlags, ReporterFlags } from '../shell/options.ts';
import type { PlanTable } from '../shell/plan-file.ts';

const count = (doc: string, fallback = 1, max = 100_000_000): ScalarSchema<number> =>
  integer(doc, fallback, { min: 1, max });
const word = (doc: string, shown?: string): ScalarSchema<string | undefined> =>
  optional(text(doc), shown);
const lag = (doc: string): ScalarSchema<number> => duration(doc, { ms: 0, shown: '0' });

const incidental = { isIncidental: true } as const;
const ENGINES_MAX = 1_024;

const { prompt, promptTokens, sharedTokens, groups, turns, sessions, mix, file } = LOAD_FLAGS;
const { workload, arrivals, reuse, tokensPerId, speed } = LOAD_FLAGS;

const POLICIES = ['round-robin', 'least-load', 'prefix', 'lookup', 'events', 'oracle'];

/** Every flag of `kvcache simulate` but those of output, in the order of its help. */
export const SIMULATE_FLAGS = {
  trace: LOAD_FLAGS.trace,
  tokensPerId,
  speed,
  workload,
  prompt,
  promptTokens,
  sharedTokens,
  groups,
  reuse,
  turns,
  sessions,
  mix,
  file,
  requests: row('n', optional(count('end after so many'), '1,000, of a trace all')),
  concurrency: row('n', optional(count('closed loop: requests in flight'), 'four per engine'), {
    conflicts: ['rate', 'trace'],
  }),
  rate: row('n', optional(number('open loop: requests per second', 1, { above: 0 })), {
    conflicts: ['trace'],
  }),
  arrivals,
  maxTokens: row('n', count('longest answer where a request does not say how long it is', 256)),
  policy: row(
    'list',
    {
      ...text(
        `policies to compare: ${alternatives([...ROUTING_POLICY_NAMES, 'oracle'])}, or paths of ES modules`,
        POLICIES.join(','),
        { suggested: [...ROUTING_POLICY_NAMES, 'oracle'] },
      ),
      shown: POLICIES.join(', '),
    },
    incidental,
  ),
  routing: row('KEY=VALUE', list('setting of x-kvcache.routing; repeatable', text(''))),
  engines: row('n', count('how many; the most that --find tries', 4, ENGINES_MAX), {
    conflicts: ['fleet'],
  }),
  profile: row('name', text('engine profile, or a file with one', '8b-h100'), {
    conflicts: ['fleet'],
  }),
  extrapolate: {
    schema: flag('leave what a profile of calibrate was fitted to', false),
    isIncidental: true,
  },
  fleet: row('path', word('fleet file, as of kvcache mock up')),
  capacity: row('tokens', optional(count('KV cache of each engine'), "the profile's")),
  tier: row(
    'tokens',
    optional(integer('second tier of each engine; 0 for none', 0), "the profile's"),
  ),
  events: row('list', word('TIME:ACTION=ENGINE,… with fail, recover, add or drain')),
  gateways: row('n', count('gateways side by side that share no memory', 1, 256)),
  eventLag: row('duration', lag('how late KV events take effect')),
  eventLoss: row('share', share('KV events that never arrive', { share: 0, shown: '0%' })),
  controllerLag: row(
    'duration',
    optional(lag('how late the controller learns'), 'as the fleet file says, else 0'),
  ),
  slo: row('expression', list('objective that must hold; repeatable', text(''))),
  find: row(
    'what',
    optional(
      choice(
        'search for the fewest engines, or the highest rate, that keep every --slo',
        ['engines', 'rate'],
        'engines',
      ),
    ),
  ),
  sweep: row('list', word('AXIS=VALUE:VALUE,… over engines, capacity, tier, rate and speed'), {
    conflicts: ['find'],
  }),
  shard: row('i/n', word('run one part of the rows: 0/4 to 3/4; report merge unites them'), {
    ...incidental,
    conflicts: ['find'],
  }),
  ...EMIT_FLAGS,
  seeds: row(
    'n',
    count(
      'runs of each row, every one with a seed of its own; --find rate takes one for each rate',
      5,
      10_000,
    ),
    incidental,
  ),
  seed: row('n', integer('the first seed', 1, { max: 0xffff_ffff }), incidental),
} satisfies FlagTable;

/** What each process of a study has of its own, besides. */
export const SIMULATE_PLAN: PlanTable = {
  table: SIMULATE_FLAGS,
  own: [...EMIT_FLAG_NAMES, 'shard'],
};

type Schemas = { [Name in keyof typeof SIMULATE_FLAGS]: (typeof SIMULATE_FLAGS)[Name]['schema'] };
export type SimulateFlags = ValuesOf<Schemas> & OutputFlags & ReporterFlags;

/** What shapes the runs; null where a flag was not given. */
export function comparableFlags(
  flags: SimulateFlags,
): Record<string, string | number | boolean | null> {
  const names = Object.entries<FlagRow>(SIMULATE_FLAGS)
    .filter(([, { isIncidental }]) => isIncidental !== true)
    .map(([name]) => name as keyof Schemas);
  return Object.fromEntries(
    names.map((name) => {
      const value = flags[name] ?? null;
      return [name, Array.isArray(value) ? value.join(' ') : value];
    }),
  );
}

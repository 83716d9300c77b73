import { alternatives } from '../../base/alternatives.ts';
import {
  choice,
  duration,
  flag,
  integer,
  list,
  number,
  optional,
  required,
  type ScalarSchema,
  share,
  text,
  type ValuesOf,
} from '../../schema/describe.ts';
import { CAPACITY_METRICS } from '../../capacity/objective.ts';
import { LOAD_METRICS } from '../../load/metrics.ts';
import { type FlagRow, type FlagTable, row } from '../../schema/flag-row.ts';
import { ACCESS_FLAGS, AUTO_MODEL } from '../../target/flags.ts';
import { TRACE_FORMATS } from '../../traces/formats/formats.ts';
import { SHARD_FLAGS } from './shard-flags.ts';
import type { OutputFlags, ReporterFlags } from '../shell/options.ts';
import type { PlanTable } from '../shell/plan-file.ts';

const count = (doc: string, fallback = 1, min = 1): ScalarSchema<number> =>
  integer(doc, fallback, { min, max: 100_000_000 });
const time = (doc: string, ms: number, shown: string): ScalarSchema<number> =>
  duration(doc, { ms, shown }, { above: 0 });
const word = (doc: string, shown?: string): ScalarSchema<string | undefined> =>
  optional(text(doc), shown);

/** Runs that differ in such a flag may be compared all the same. */
const incidental = { isIncidental: true } as const;

/**
 * Every flag of `kvcache load` but those of output, in the order of its help. Options, settings and what
 * `kvcache report compare` holds equal derive from it.
 */
export const LOAD_FLAGS = {
  url: row(
    'url',
    required(text('base URL, or the full URL of the chat completions route')),
    incidental,
  ),
  model: row(
    'name',
    // Held equal by the name that is found.
    text('model to ask for; auto takes the first the server lists', AUTO_MODEL, {
      suggested: [AUTO_MODEL],
    }),
    incidental,
  ),
  apiKeyEnv: { ...ACCESS_FLAGS.apiKeyEnv, ...incidental },
  header: { ...ACCESS_FLAGS.header, ...incidental },
  cacert: { ...ACCESS_FLAGS.cacert, ...incidental },
  insecure: { ...ACCESS_FLAGS.insecure, ...incidental },
  tokenizeUrl: row(
    'url',
    word('engine that answers POST /tokenize', 'the target itself'),
    incidental,
  ),
  stream: { schema: flag('ask for one JSON answer instead of a stream; shows no TTFT', true) },
  maxTokens: row('n', count('output tokens to ask for', 16)),
  timeout: row('duration', time('per request; counted at its full length', 60_000, '60s')),
  concurrency: row('n', optional(count('closed loop: requests in flight'), '1'), {
    conflicts: ['rate', 'stages', 'trace'],
  }),
  rate: row('n', optional(number('open loop: requests per second', 1, { above: 0 })), {
    conflicts: ['stages', 'trace'],
  }),
  arrivals: row('kind', choice('how --rate spreads them', ['constant', 'poisson'], 'poisson')),
  stages: row(
    'list',
    word('open loop: DURATION:RATE,… each ramps linearly from the rate before, 0 at first'),
    { conflicts: ['trace'] },
  ),
  requests: row('n', optional(count('end after so many'), '960 without --duration'), incidental),
  duration: row('duration', optional(time('end after this time', 1, '')), incidental),
  warmup: row(
    'n',
    optional(
      count('requests before measuring, with prompts of their own', 0, 0),
      'two per connection, in an open loop two seconds of it, at most 64',
    ),
    incidental,
  ),
  maxInFlight: row('n', count('open loop: connections; more requests wait, and count it', 512)),
  maxErrorRate: row(
    'share',
    share('give up once failures are above it for certain', { share: 0.05, shown: '5%' }),
    incidental,
  ),
  seed: row('n', integer('of arrivals and prompts', 1, { max: 0xffff_ffff }), incidental),
  runId: row(
    'text',
    word('equal ids ask equal prompts', 'a fresh one, so that no cache knows the prompts'),
    incidental,
  ),
  samples: row('file', word('write every request to a new NDJSON file as it happens'), incidental),
  threshold: row(
    'expression',
    list(
      'bound that must hold; repeatable',
      text('', '', { suggested: Object.keys(LOAD_METRICS) }),
    ),
    incidental,
  ),
  find: row(
    'what',
    optional(
      choice(
        'search for the highest --rate that keeps every --slo, or for the knee',
        ['rate', 'knee'],
        'rate',
      ),
    ),
    {
      conflicts: [
        'concurrency',
        'stages',
        'trace',
        'threshold',
        'warmup',
        'maxErrorRate',
        'processes',
        'shard',
        'emit',
      ],
    },
  ),
  slo: row(
    'expression',
    list(
      '--find: objective that must hold; repeatable',
      text('', '', { suggested: Object.keys(CAPACITY_METRICS) }),
    ),
  ),
  workload: row(
    'kind',
    choice(
      'what is asked',
      ['fixed', 'unique', 'shared-prefix', 'chat', 'mixed', 'file'],
      'unique',
    ),
  ),
  prompt: row('text', text('fixed: the prompt', 'Say hello in one short sentence.')),
  promptTokens: row('n', count('unique, shared-prefix: prompt length; chat: of each turn', 768)),
  sharedTokens: row('n', count('shared-prefix: common beginning, rounded up to 256', 512)),
  groups: row('n', count('shared-prefix: number of different beginnings', 8)),
  reuse: row(
    'n',
    optional(count('shared-prefix: prompts of each beginning before a new one'), 'no bound'),
  ),
  turns: row('n', count('chat: turns of a conversation', 5)),
  sessions: row('n', count('chat: conversations side by side', 8)),
  mix: row('list', word('mixed: KIND=WEIGHT,… such as unique=0.3,shared-prefix=0.7')),
  file: row('path', word('file: one prompt per line, text or JSON; or ShareGPT')),
  trace: row(
    'path',
    word(
      `replay a trace, arrivals included: ${alternatives(TRACE_FORMATS.map(({ name }) => name))}`,
    ),
  ),
  tokensPerId: row(
    'n',
    optional(count('trace: tokens that a hash id stands for'), 'as the lengths in the file say'),
  ),
  speed: row('factor', number('trace: 2 replays it twice as fast', 1, { above: 0 })),
  ...SHARD_FLAGS,
} satisfies FlagTable;

/** What each process of a plan has of its own, besides. */
export const LOAD_PLAN: PlanTable = {
  table: LOAD_FLAGS,
  own: [...Object.keys(SHARD_FLAGS), 'samples'],
};

type Schemas = { [Name in keyof typeof LOAD_FLAGS]: (typeof LOAD_FLAGS)[Name]['schema'] };
export type LoadFlags = ValuesOf<Schemas> & OutputFlags & ReporterFlags & { dryRun?: boolean };

/** What shapes the load; null where a flag was not given, a list as one text: reports hold no other values there. */
export function comparableFlags(flags: LoadFlags): Record<string, unknown> {
  const names = Object.entries<FlagRow>(LOAD_FLAGS)
    .filter(([, { isIncidental }]) => isIncidental !== true)
    .map(([name]) => name as keyof Schemas);
  return Object.fromEntries(names.map((name) => [name, asOne(flags[name])]));
}

function asOne(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? null : value.join(', ');
  return value ?? null;
}

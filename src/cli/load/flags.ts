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
import type { FlagRow } from '../shell/flag-table.ts';
import type { OutputFlags, ReporterFlags } from '../shell/options.ts';

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
  url: {
    value: 'url',
    schema: required(text('base URL, or the full URL of the chat completions route')),
    ...incidental,
  },
  model: {
    value: 'name',
    schema: text('model to ask for; auto takes the first the server lists', 'auto'),
    // Held equal by the name that was found.
    ...incidental,
  },
  apiKeyEnv: {
    value: 'name',
    schema: word('environment variable that holds the bearer token'),
    ...incidental,
  },
  tokenizeUrl: {
    value: 'url',
    schema: word('engine that answers POST /tokenize', 'the target itself'),
    ...incidental,
  },
  stream: { schema: flag('ask for one JSON answer instead of a stream; shows no TTFT', true) },
  maxTokens: { value: 'n', schema: count('output tokens to ask for', 16) },
  timeout: {
    value: 'duration',
    schema: time('per request; counted at its full length', 60_000, '60s'),
  },
  concurrency: {
    value: 'n',
    schema: optional(count('closed loop: requests in flight'), '1'),
    conflicts: ['rate', 'stages', 'trace'],
  },
  rate: {
    value: 'n',
    schema: optional(number('open loop: requests per second', 1, { above: 0 })),
    conflicts: ['stages', 'trace'],
  },
  arrivals: {
    value: 'kind',
    schema: choice('how --rate spreads them', ['constant', 'poisson'], 'poisson'),
  },
  stages: {
    value: 'list',
    schema: word('open loop: DURATION:RATE,… each ramps linearly from the rate before, 0 at first'),
    conflicts: ['trace'],
  },
  requests: {
    value: 'n',
    schema: optional(count('end after so many'), '960 without --duration'),
    ...incidental,
  },
  duration: {
    value: 'duration',
    schema: optional(time('end after this time', 1, '')),
    ...incidental,
  },
  warmup: {
    value: 'n',
    schema: optional(
      count('requests before measuring, with prompts of their own', 0, 0),
      'two per connection, in an open loop two seconds of it, at most 64',
    ),
    ...incidental,
  },
  maxInFlight: {
    value: 'n',
    schema: count('open loop: connections; more requests wait, and count it', 512),
  },
  maxErrorRate: {
    value: 'share',
    schema: share('give up once failures are above it for certain', 0.05, '5%'),
    ...incidental,
  },
  seed: {
    value: 'n',
    schema: integer('of arrivals and prompts', 1, { max: 0xffff_ffff }),
    ...incidental,
  },
  runId: {
    value: 'text',
    schema: word('equal ids ask equal prompts', 'a fresh one, so that no cache knows the prompts'),
    ...incidental,
  },
  samples: {
    value: 'file',
    schema: word('write every request to a new NDJSON file as it happens'),
    ...incidental,
  },
  threshold: {
    value: 'expression',
    schema: list('bound that must hold; repeatable', text('')),
    ...incidental,
  },
  workload: {
    value: 'kind',
    schema: choice(
      'what is asked',
      ['fixed', 'unique', 'shared-prefix', 'chat', 'mixed', 'file'],
      'unique',
    ),
  },
  prompt: { value: 'text', schema: text('fixed: the prompt', 'Say hello in one short sentence.') },
  promptTokens: {
    value: 'n',
    schema: count('unique, shared-prefix: prompt length; chat: of each turn', 768),
  },
  sharedTokens: {
    value: 'n',
    schema: count('shared-prefix: common beginning, rounded up to 256', 512),
  },
  groups: { value: 'n', schema: count('shared-prefix: number of different beginnings', 8) },
  turns: { value: 'n', schema: count('chat: turns of a conversation', 5) },
  sessions: { value: 'n', schema: count('chat: conversations side by side', 8) },
  mix: {
    value: 'list',
    schema: word('mixed: KIND=WEIGHT,… such as unique=0.3,shared-prefix=0.7'),
  },
  file: { value: 'path', schema: word('file: one prompt per line, text or JSON; or ShareGPT') },
  trace: {
    value: 'path',
    schema: word('replay a Mooncake, Bailian, Weka, BurstGPT or Azure trace, arrivals included'),
  },
  tokensPerId: {
    value: 'n',
    schema: optional(
      count('trace: tokens that a hash id stands for'),
      'as the lengths in the file say',
    ),
  },
  speed: { value: 'factor', schema: number('trace: 2 replays it twice as fast', 1, { above: 0 }) },
} satisfies Readonly<Record<string, FlagRow>>;

type Schemas = { [Name in keyof typeof LOAD_FLAGS]: (typeof LOAD_FLAGS)[Name]['schema'] };
export type LoadFlags = ValuesOf<Schemas> & OutputFlags & ReporterFlags;

/** What shapes the load; null where a flag was not given. */
export function comparableFlags(flags: LoadFlags): Record<string, unknown> {
  const names = Object.entries<FlagRow>(LOAD_FLAGS)
    .filter(([, { isIncidental }]) => isIncidental !== true)
    .map(([name]) => name as keyof Schemas);
  return Object.fromEntries(names.map((name) => [name, flags[name] ?? null]));
}

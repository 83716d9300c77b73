import {
  flag,
  integer,
  optional,
  type ScalarSchema,
  text,
  type ValuesOf,
} from '../../schema/describe.ts';
import { type FlagTable, row } from '../../schema/flag-row.ts';
import { EMIT_FLAG_NAMES, EMIT_FLAGS } from '../shell/emit/flags.ts';
import type { OutputFlags, ReporterFlags } from '../shell/options.ts';
import type { PlanTable } from '../shell/plan-file.ts';

const word = (doc: string, shown?: string): ScalarSchema<string | undefined> =>
  optional(text(doc), shown);

/** Tokens of a block, or of what an id stands for; no engine has larger blocks. */
const tokens = (doc: string, shown?: string): ScalarSchema<number | undefined> =>
  optional(integer(doc, 1, { min: 1, max: 65_536 }), shown);

/** How prompts are read. */
export const READING_FLAGS = {
  tokenizer: row(
    'url|dir',
    word(
      'engine that tokenizes each request (vLLM), or folder with tokenizer.json',
      'built in, estimated',
    ),
  ),
  apiKeyEnv: row('variable', word('variable that holds the key of that engine')),
  showText: { schema: flag('quote prompts as they are', false) },
  profile: row('name', word('engine profile, or a file with one: what is lost in its time too')),
} satisfies FlagTable;

/** How they are counted. */
export const COUNTING_FLAGS = {
  blockSize: row(
    'tokens',
    tokens(
      'of the curve over cache sizes, and of a gate',
      '16, or what an id of a trace stands for',
    ),
  ),
  tokensPerId: row('n', tokens('of a trace that does not say so itself')),
} satisfies FlagTable;

export const ANALYZE_FLAGS = {
  ...READING_FLAGS,
  ...COUNTING_FLAGS,
  shard: row(
    'i/n',
    word('look for the breaks of one part of the requests: 0/4 to 3/4; report merge unites them'),
  ),
  ...EMIT_FLAGS,
} satisfies FlagTable;

/** What each process of an analysis has of its own, besides. */
export const ANALYZE_PLAN: PlanTable = {
  table: ANALYZE_FLAGS,
  own: [...EMIT_FLAG_NAMES, 'shard'],
};

type SchemasOf<T extends FlagTable> = { [Name in keyof T]: T[Name]['schema'] };
export type ReadingFlags = ValuesOf<SchemasOf<typeof READING_FLAGS>>;
export type CountingFlags = ValuesOf<SchemasOf<typeof COUNTING_FLAGS>>;
export type AnalyzeFlags = ValuesOf<SchemasOf<typeof ANALYZE_FLAGS>> &
  OutputFlags &
  ReporterFlags & { file: string };

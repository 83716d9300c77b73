import {
  choice,
  flag,
  integer,
  list,
  optional,
  type ScalarSchema,
  share,
  text,
} from '../../schema/describe.ts';
import { type FlagTable, row } from '../../schema/flag-row.ts';
import { CAPACITY_METRICS } from '../../capacity/objective.ts';
import { VERIFY_METRICS } from '../judge/thresholds.ts';
import { LMCACHE_CHUNK_TOKENS } from '../../target/alignment.ts';

const count = (doc: string, fallback: number, max: number): ScalarSchema<number> =>
  integer(doc, fallback, { min: 1, max });

/** What is measured, how often, and when it is enough. */
export const EXPERIMENT_FLAGS = {
  quick: {
    schema: flag('8 rounds of 12 requests per arm', false),
    conflicts: ['thorough', 'untilResolved'],
  },
  thorough: {
    schema: flag('48 rounds of 40 requests per arm', false),
    conflicts: ['untilResolved'],
  },
  untilResolved: {
    schema: flag('until the gain is known to ± margin, or the budget is spent', false),
  },
  budget: row('limits', optional(text('for example time=10m,requests=5000,tokens=2M'))),
  arms: row('letters', text('which of A, B, C, D, N to measure', 'ABCDN')),
  design: row(
    'kind',
    choice('order of the blocks', ['random-blocks', 'abba', 'sequential'], 'random-blocks'),
  ),
  rounds: row('n', count('blocks per arm', 24, 10_000)),
  requestsPerBlock: row('n', count('measured requests per block', 24, 10_000)),
  concurrency: row('n', count('requests in flight', 4, 1_024)),
  prefixTokens: row(
    'n',
    integer('shared tokens of a cacheable prompt', 4 * LMCACHE_CHUNK_TOKENS, { min: 16 }),
  ),
  outputTokens: row('n', count('tokens to generate per request', 8, 4_096)),
  margin: row(
    'share',
    share('how much slower still counts as no worse', { share: 0.05, shown: '5%' }, { min: 0.001 }),
  ),
  capacity: {
    schema: flag('how many more requests routing carries within every --slo, instead', false),
    conflicts: [
      'quick',
      'thorough',
      'untilResolved',
      'arms',
      'design',
      'rounds',
      'requestsPerBlock',
      'concurrency',
      'margin',
      'threshold',
      'bundle',
    ],
  },
  slo: row(
    'expression',
    list(
      '--capacity: objective that must hold; repeatable',
      text('', '', { suggested: Object.keys(CAPACITY_METRICS) }),
    ),
  ),
  enginePrice: row('price', optional(text('--capacity: what an engine costs, such as 2.50/h'))),
  threshold: row(
    'rule',
    list(
      "fail unless it holds, for example 'ttft.p95.ratio < 0.8'; repeatable",
      text('', '', { suggested: Object.keys(VERIFY_METRICS) }),
    ),
  ),
  seed: row(
    'n',
    optional(
      integer('order of blocks and choice of words', 1, { max: 0xffff_ffff }),
      'new each time',
    ),
  ),
  nonce: row('text', optional(text('makes the prompts new'), 'new each time')),
} satisfies FlagTable;

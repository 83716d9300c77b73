import type { OutputFlags } from '../shell/options.ts';
import { PROBE_DEFAULTS } from '../../watch/probe/plan.ts';
import { ACCESS_FLAGS, GATEWAY_FLAGS, TARGET_FLAGS } from '../../target/flags.ts';
import { duration, flag, optional, text } from '../../schema/describe.ts';
import { type FlagTable, row } from '../../schema/flag-row.ts';

/** In place of a file of --baseline. */
export const YESTERDAY = 'yesterday';

const { vllm, engine, timeout } = TARGET_FLAGS;

/** What `kvcache watch` takes; what it reads is named as everywhere. */
export const WATCH_FLAGS = {
  vllm,
  engine,
  metricsUrl: GATEWAY_FLAGS.metricsUrl,
  kvEvents: TARGET_FLAGS.kvEvents,
  ...ACCESS_FLAGS,
  timeout,
  interval: row(
    'duration',
    duration('from one reading to the next', { ms: 15_000, shown: '15s' }, { above: 0 }),
  ),
  window: row(
    'duration',
    duration('how long a change must last to count', { ms: 300_000, shown: '5m' }, { above: 0 }),
  ),
  baseline: row(
    'file',
    optional(
      text(
        `what is usual: read at the start, written every hour and at the end; or ${YESTERDAY}, by --history`,
      ),
    ),
  ),
  history: row(
    'file',
    optional(text('the last day, kept as a baseline is; --baseline yesterday compares with it')),
  ),
  gateway: row('url', optional(text('where --probe sends its prompts'), 'nowhere')),
  probe: row(
    'plan',
    optional(
      text(`also ask, within this budget, for example ${PROBE_DEFAULTS}`),
      'no prompt is sent',
    ),
  ),
  model: TARGET_FLAGS.model,
  once: { schema: flag('one window, then a verdict', false) },
  listen: row(
    'addr',
    optional(text('serve metrics and a page there, for example 127.0.0.1:9105'), 'nowhere'),
  ),
  webhook: row('url', optional(text('post each event there as JSON'))),
} satisfies FlagTable;

export interface WatchFlags extends OutputFlags {
  once?: boolean;
  config?: string;
  [name: string]: string | string[] | boolean | undefined;
}

export interface WatchCall {
  flags: WatchFlags;
  /**
   * The flags as they are with what the file of --config says now.
   * @throws KvcacheError as reading the file
   */
  again: () => WatchFlags;
}

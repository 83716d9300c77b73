import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { BUCKETS_PER_WINDOW } from '../../../src/watch/tracker.ts';
import { watch } from '../../../src/watch/watch.ts';
import { Watcher, type WatchEvent } from '../../../src/watch/watcher.ts';
import { gatewayConfig } from '../../helpers/gateway.ts';
import {
  ALL_GROUPS,
  faultsOf,
  keepAsking,
  type Setting,
  setStage,
  type Stage,
  targetsOf,
} from './live-stage.ts';

/** Short, so that a cause is seen in seconds. */
const WINDOW_MS = 3_000;
/** Each of 4 buckets needs 8 requests of every engine, which a slow machine takes its time for. */
const ENGINE_WINDOW_MS = 6_000;
/** What is told by each engine's share of the requests needs more of them still. */
const SHARE_WINDOW_MS = 12_000;
/** All run in one process: reading takes from answering. */
const INTERVAL_MS = 250;
/**
 * Twelve, and the last window, are what it takes; an engine may have served too little in some. A busy machine makes
 * them longer, so windows are counted by them.
 */
const LEARNT_AFTER_BUCKETS = 22;

interface Cause extends Setting {
  alert: string;
  hearsEvents?: boolean;
  /** Default: {@link WINDOW_MS}. */
  windowMs?: number;
  strike: (stage: Stage) => unknown;
}

const strikeSecond =
  (fault: object, times?: number): Cause['strike'] =>
  ({ fleet }) =>
    faultsOf(fleet.urls.engines[1]!, [{ ...(times !== undefined && { times }), do: fault }]);

const CAUSES: Record<string, Cause> = {
  'the index is empty': {
    alert: 'index-empty',
    strike: ({ fleet }) => faultsOf(fleet.urls.controller, [{ do: { lookup: { lie: 'empty' } } }]),
  },
  'engines report under other ids': {
    alert: 'ids-changed',
    strike: ({ fleet }) =>
      faultsOf(fleet.urls.controller, [{ do: { lookup: { lie: 'vllm-7f9c' } } }]),
  },
  'an engine comes back without prefix caching': {
    alert: 'caching-off engine-b',
    strike: strikeSecond({ crash: { downMs: 200, prefixCaching: false } }, 1),
  },
  'the controller hangs': {
    alert: 'index-unreachable',
    strike: ({ fleet }) =>
      faultsOf(fleet.urls.controller, [{ when: { route: '/lookup' }, do: { hang: {} } }]),
  },
  'an engine publishes no more events': {
    alert: 'events-stopped engine-b',
    windowMs: SHARE_WINDOW_MS,
    engines: { kvEvents: true },
    ownWords: 40,
    hearsEvents: true,
    strike: strikeSecond({ kvSilence: {} }),
  },
  'one engine is slow': {
    alert: 'engine-slow engine-b',
    windowMs: ENGINE_WINDOW_MS,
    strike: strikeSecond({ slow: { factor: 20 } }),
  },
  'everybody asks for the same': {
    alert: 'hot-spot',
    windowMs: SHARE_WINDOW_MS,
    strike: ({ traffic }) => (traffic.groups = 1),
  },
  'there is more to keep than room for it': {
    alert: 'eviction-storm',
    engines: { profile: { base: '8b-h100', blocks: 1_100, tier: null }, speedup: 16 },
    extension: '{routing: {policy: prefix}}',
    strike: ({ traffic }) => (traffic.groups = ALL_GROUPS),
  },
  'clients put a time in front': {
    alert: 'prompts-changed',
    strike: ({ traffic }) => (traffic.front = () => `It is ${performance.now()}. `),
  },
  'one engine makes other tokens of a text': {
    alert: 'tokenizer-changed engine-b',
    windowMs: ENGINE_WINDOW_MS,
    strike: strikeSecond({ tokenizer: { cutAfter: 2 } }),
  },
  'a reload loses the filter': {
    alert: 'hints-lost',
    strike: ({ gateway, config }) => {
      const { filters: _, ...rest } = config;
      return gateway.reload(gatewayConfig(rest));
    },
  },
  'an engine restarts, its counters with it': {
    alert: 'engine-restarted engine-b',
    strike: strikeSecond({ crash: { downMs: 200 } }, 1),
  },
};

describe('on live mocks', () => {
  it.each(Object.entries(CAUSES))('%s', { timeout: 240_000 }, async (_, cause) => {
    const { alert, strike, hearsEvents = false, windowMs = WINDOW_MS } = cause;
    const stage = await setStage(cause);
    const { fleet, gateway } = stage;
    const stop = new AbortController();
    const asking = keepAsking(stage, stop.signal);
    const watcher = new Watcher({ windowMs });
    const events: WatchEvent[] = [];
    const buckets = new Set<unknown>();
    let struckAt: number | undefined;
    const targets = targetsOf(stage, hearsEvents);
    await watch({
      watcher,
      targets: () => targets,
      intervalMs: INTERVAL_MS,
      clock: systemClock,
      signal: stop.signal,
      counts: { readings: 0, eventsRaised: 0, lastReadingS: null },
      onEvent: (event) => void events.push(event),
      onReading: () => {
        buckets.add(watcher.window.at(-1));
        if (struckAt !== undefined || buckets.size < LEARNT_AFTER_BUCKETS) return;
        struckAt = buckets.size;
        void strike(stage);
      },
      isDone: () => buckets.size >= (struckAt ?? Infinity) + 2 * BUCKETS_PER_WINDOW + 1,
    });
    stop.abort();
    await asking;
    await Promise.all([gateway.close(), fleet.close()]);
    const raised = events
      .filter(({ kind }) => kind === 'raised')
      .map(({ alert: { id }, subject, evidence }) => `${id} ${subject}: ${evidence}`);
    expect(raised).toEqual([expect.stringMatching(new RegExp(`^${alert}`))]);
  });
});

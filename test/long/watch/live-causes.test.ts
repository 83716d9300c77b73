import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { createRandom } from '../../../src/base/random.ts';
import { accessBy } from '../../../src/net/access.ts';
import { watch } from '../../../src/watch/watch.ts';
import { Watcher, type WatchEvent } from '../../../src/watch/watcher.ts';
import { type ConfigText, gatewayConfig, startTestGateway } from '../../helpers/gateway.ts';
import { send, startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';

/** Short, so that a cause is seen in seconds: 4 buckets of half a second. */
const WINDOW_MS = 2_000;
const INTERVAL_MS = 100;
const RATE_PER_S = 90;
const LEARNT_AFTER_MS = 10_000;

/** What clients send at the moment; a cause may change it. */
interface Traffic {
  groups: number;
  /** Put before everything else. */
  front: () => string;
}

interface Stage {
  fleet: TestFleet;
  traffic: Traffic;
  gateway: Awaited<ReturnType<typeof startTestGateway>>;
  config: ConfigText;
}

const filler = (seed: string): string =>
  Array.from({ length: 700 }, (_, at) => `${seed}${at % 50}`).join(' ');
const GROUPS = Array.from({ length: 12 }, (_, group) => filler(`w${group}x`));

function configOf({ urls, engines }: TestFleet): ConfigText {
  return {
    endpoints: engines.map(({ id, url }) => ({ id, port: Number(new URL(url).port) })),
    filters:
      `{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "${urls.engines[0]}", ` +
      `lmcache_endpoint: "${urls.controller}", request_timeout: 2s, lookup_routing_timeout: 500ms}}`,
  };
}

async function setStage(): Promise<Stage> {
  const fleet = await startTestFleet({
    engines: [{ count: 3, profile: '8b-h100', speedup: 4 }],
  });
  const config = configOf(fleet);
  const gateway = await startTestGateway(config);
  return { fleet, config, gateway, traffic: { groups: GROUPS.length, front: () => '' } };
}

/** Open-loop traffic until aborted; answers are read and forgotten. */
async function keepAsking({ gateway, traffic }: Stage, signal: AbortSignal): Promise<void> {
  const random = createRandom(3);
  const running = new Set<Promise<unknown>>();
  for (let at = 0; !signal.aborted; at++) {
    const content = `${traffic.front()}${GROUPS[random.int(traffic.groups)]} question ${at}`;
    const body = { model: 'mock-model', max_tokens: 2, messages: [{ role: 'user', content }] };
    const asked = send(`${gateway.url}/v1/chat/completions`, body).catch(() => undefined);
    running.add(asked);
    void asked.then(() => running.delete(asked));
    await new Promise((resolve) =>
      systemClock.at(systemClock.nowMs() + 1_000 / RATE_PER_S, () => resolve(0)),
    );
  }
  await Promise.all(running);
}

const faultsOf = (url: string, rules: unknown): Promise<unknown> =>
  send(`${url}/__mock/faults`, rules, { method: 'PUT' });

const CAUSES: Record<string, { alert: string; strike: (stage: Stage) => unknown }> = {
  'the index is empty': {
    alert: 'index-empty',
    strike: ({ fleet }) => faultsOf(fleet.urls.controller, [{ do: { lookup: { lie: 'empty' } } }]),
  },
  'engines report under other ids': {
    alert: 'ids-changed',
    strike: ({ fleet }) =>
      faultsOf(fleet.urls.controller, [{ do: { lookup: { lie: 'vllm-7f9c' } } }]),
  },
  'the controller hangs': {
    alert: 'index-unreachable',
    strike: ({ fleet }) =>
      faultsOf(fleet.urls.controller, [{ when: { route: '/lookup' }, do: { hang: {} } }]),
  },
  'one engine is slow': {
    alert: 'engine-slow engine-b',
    strike: ({ fleet }) => faultsOf(fleet.urls.engines[1]!, [{ do: { slow: { factor: 20 } } }]),
  },
  'clients put a time in front': {
    alert: 'prompts-changed',
    strike: ({ traffic }) => (traffic.front = () => `It is ${performance.now()}. `),
  },
  'everybody asks for the same': {
    alert: 'hot-spot',
    strike: ({ traffic }) => (traffic.groups = 1),
  },
  'a reload loses the filter': {
    alert: 'hints-lost',
    strike: ({ gateway, config }) => {
      const { filters: _, ...rest } = config;
      return gateway.reload(gatewayConfig(rest));
    },
  },
};

describe('on live mocks', () => {
  it.each(Object.entries(CAUSES))('%s', { timeout: 60_000 }, async (_, { alert, strike }) => {
    const stage = await setStage();
    const { fleet, gateway } = stage;
    const stop = new AbortController();
    const asking = keepAsking(stage, stop.signal);
    const watcher = new Watcher({ windowMs: WINDOW_MS });
    const events: WatchEvent[] = [];
    const startMs = systemClock.nowMs();
    let struckMs: number | undefined;
    const targets = {
      engines: fleet.engines.map(({ id, url }) => ({ id, url })),
      gatewayMetricsUrl: `${gateway.metricsUrl}/metrics`,
      access: accessBy(''),
      timeoutMs: 2_000,
    };
    await watch({
      watcher,
      targets: () => targets,
      intervalMs: INTERVAL_MS,
      clock: systemClock,
      signal: stop.signal,
      counts: { readings: 0, eventsRaised: 0, lastReadingS: null },
      onEvent: (event) => void events.push(event),
      onReading: () => {
        const nowMs = systemClock.nowMs();
        if (struckMs === undefined && nowMs - startMs > LEARNT_AFTER_MS) {
          struckMs = nowMs;
          void strike(stage);
        }
      },
      isDone: () =>
        struckMs !== undefined && systemClock.nowMs() - struckMs > 2 * WINDOW_MS + INTERVAL_MS,
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

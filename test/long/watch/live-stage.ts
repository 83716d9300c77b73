import { sleep, systemClock } from '../../../src/base/clock.ts';
import { createRandom } from '../../../src/base/random.ts';
import { accessBy } from '../../../src/net/access.ts';
import type { FleetTargets } from '../../../src/watch/read-fleet.ts';
import { type ConfigText, startTestGateway } from '../../helpers/gateway.ts';
import { send, startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';

const RATE_PER_S = 90;
const ENGINES = 3;

/** What clients send at the moment; a cause may change it. */
export interface Traffic {
  /** Different long beginnings. */
  groups: number;
  /** Put before everything else. */
  front: () => string;
  /** Words of each prompt that no other has. */
  ownWords: number;
}

export interface Stage {
  fleet: TestFleet;
  traffic: Traffic;
  gateway: Awaited<ReturnType<typeof startTestGateway>>;
  config: ConfigText;
}

/** What a cause needs besides three engines behind a gateway that asks their controller. */
export interface Setting {
  engines?: object;
  /** `x-kvcache` of the gateway. */
  extension?: string;
  ownWords?: number;
}

const wordsOf = (seed: string, count: number): string =>
  Array.from({ length: count }, (_, at) => `${seed}${at % 50}`).join(' ');
const USUAL_GROUPS = 12;
const GROUPS_MAX = 60;
const GROUPS = Array.from({ length: GROUPS_MAX }, (_, group) => wordsOf(`w${group}x`, 700));

export const ALL_GROUPS = GROUPS_MAX;

export async function setStage({ engines, extension, ownWords = 0 }: Setting): Promise<Stage> {
  const description = { count: ENGINES, profile: '8b-h100', speedup: 4, ...engines };
  const fleet = await startTestFleet({ engines: [description] });
  const [first] = fleet.urls.engines;
  const config: ConfigText = {
    endpoints: fleet.engines.map(({ id, url }) => ({ id, port: Number(new URL(url).port) })),
    filters:
      `{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "${first}", ` +
      `lmcache_endpoint: "${fleet.urls.controller}", request_timeout: 2s, lookup_routing_timeout: 500ms}}`,
    ...(extension !== undefined && { extension }),
  };
  await shareOut(fleet);
  const gateway = await startTestGateway(config);
  return { fleet, config, gateway, traffic: { groups: USUAL_GROUPS, front: () => '', ownWords } };
}

/** Each engine gets as many beginnings: one that serves next to nothing shows nothing. */
async function shareOut({ urls }: TestFleet): Promise<void> {
  const asked = GROUPS.slice(0, USUAL_GROUPS).map((content, group) =>
    send(`${urls.engines[group % ENGINES]}/v1/chat/completions`, bodyOf(content)),
  );
  await Promise.all(asked);
}

const bodyOf = (content: string) => ({
  model: 'mock-model',
  max_tokens: 2,
  messages: [{ role: 'user', content }],
});

/** The stage as a watch is told of it. */
export function targetsOf({ fleet, gateway }: Stage, hearsEvents: boolean): FleetTargets {
  const engines = fleet.engines.map(({ id, url }) => ({ id, url }));
  const sources = engines.map(({ id, url }) => ({
    endpointId: id,
    url: `${url}/__mock/events`,
    replay: '',
    topic: '',
  }));
  return {
    engines,
    gatewayMetricsUrl: `${gateway.metricsUrl}/metrics`,
    kvEvents: hearsEvents ? sources : [],
    access: accessBy(''),
    timeoutMs: 2_000,
  };
}

/** Open-loop traffic until aborted; answers are read and forgotten. */
export async function keepAsking({ gateway, traffic }: Stage, signal: AbortSignal): Promise<void> {
  const random = createRandom(3);
  const running = new Set<Promise<unknown>>();
  const startMs = systemClock.nowMs();
  for (let at = 0; !signal.aborted; at++) {
    const own = wordsOf(`q${at}y`, traffic.ownWords);
    const content = `${traffic.front()}${GROUPS[random.int(traffic.groups)]} question ${at} ${own}`;
    const asked = send(`${gateway.url}/v1/chat/completions`, bodyOf(content)).catch(
      () => undefined,
    );
    running.add(asked);
    void asked.then(() => running.delete(asked));
    await sleep(
      systemClock,
      Math.max(0, startMs + (1_000 * at) / RATE_PER_S - systemClock.nowMs()),
    );
  }
  await Promise.all(running);
}

export const faultsOf = (url: string, rules: unknown): Promise<unknown> =>
  send(`${url}/__mock/faults`, rules, { method: 'PUT' });

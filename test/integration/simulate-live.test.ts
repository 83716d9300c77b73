import { afterEach, describe, expect, it } from 'vitest';
import { startTestGateway } from '../helpers/gateway.ts';
import { send, startTestFleet } from '../helpers/mock-fleet.ts';
import { conversationRows, fileOf } from '../simulate/mooncake-file.ts';
import { fleetOf, requestsIn, samplesOf } from '../simulate/scenes.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const server of open.splice(0).reverse()) await server[Symbol.asyncDispose]();
});

/** So small that they forget. */
const BLOCKS = 96;
const ENGINES = 3;

/** The mock engines behind the embedded gateway, asked one request after another. */
async function live(policy: string, requests: ReturnType<typeof requestsIn>): Promise<string[]> {
  const isHeard = policy === 'events';
  // What engines publish is of their devices alone.
  const tier = isHeard ? null : { chunks: 4 };
  const profile = { base: 'instant', blocks: BLOCKS, tier };
  const fleet = await startTestFleet({ engines: [{ count: ENGINES, profile, kvEvents: isHeard }] });
  open.push({ [Symbol.asyncDispose]: () => fleet.close() });
  const sources = fleet.engines
    .filter(() => isHeard)
    .map(({ id, url }) => `{endpoint: ${id}, url: "${url}/__mock/events"}`);
  const gateway = await startTestGateway({
    endpoints: fleet.engines.map(({ id, url }) => ({ id, port: Number(new URL(url).port) })),
    lbPolicy: 'RoundRobin',
    filters: `{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "http://127.0.0.1:1", lmcache_endpoint: "${fleet.urls.controller}"}}`,
    // A busy machine must not turn a lookup into none.
    extension: `{routing: {policy: ${policy}, lookup_timeout: 30s, tokenize_timeout: 30s}, kv_events: {sources: [${sources.join(', ')}]}}`,
  });
  open.push(gateway);
  /** Everything that was published has arrived. */
  const heard = async (): Promise<void> => {
    for (const { id, core } of isHeard ? fleet.engines : []) {
      const line = `kvcache_kv_event_blocks{endpoint="${id}"} ${core.stores.device.totals.resident}\n`;
      await expect
        .poll(async () => (await send(gateway.metricsUrl!)).text, { timeout: 30_000 })
        .toContain(line);
    }
  };
  const told: string[] = [];
  for (const { tokens, outputTokens, session } of requests) {
    await heard();
    const { json, headers } = await send(
      `${gateway.url}/v1/completions`,
      {
        model: 'mock-model',
        prompt: Array.from(tokens()),
        max_tokens: outputTokens,
        ignore_eos: true,
      },
      { headers: session === undefined ? {} : { 'x-session-id': session } },
    );
    const cached = json.usage.prompt_tokens_details?.cached_tokens ?? 0;
    told.push(`${headers.get('x-kvcache-endpoint')} ${cached}`);
  }
  return told;
}

describe('a simulation', () => {
  it.each([
    'round-robin',
    'least-load',
    'prefix',
    'lookup',
    'events',
    'consistent-hash',
    'bounded-hash',
    'session',
  ])(
    'sends every request where the gateway sends it under %s, and finds as much cached there',
    async (policy) => {
      const rows = conversationRows(7, 40).map((row, index) =>
        index % 3 === 0 ? row : { ...row, session_id: `chat-${row.hash_ids[2]}` },
      );
      const requests = requestsIn(fileOf(rows));
      const { tier: shape } = fleetOf(1, 'instant').engines[0]!.profile;
      const tier = policy === 'events' ? null : { ...shape!, chunks: 4 };
      const fleet = fleetOf(ENGINES, 'instant', { blocks: BLOCKS, tier });
      const samples = await samplesOf(policy, { fleet, requests });
      const simulated = samples.map(
        ({ engine, cachedTokens }) => `${fleet.engines[engine!]!.id} ${cachedTokens}`,
      );
      expect(simulated).toEqual(await live(policy, requests));
      expect(samples.some(({ cachedTokens }) => cachedTokens > 0)).toBe(true);
      expect(samples.some((it) => it.cachedTokens < it.seenTokens)).toBe(true);
    },
  );
});

// Cost of routing decisions in µs, waiting for nobody. Run after `npm run build`:
//   node bench/routing.mjs [--json]
import { createRandom } from '../dist/src/base/random.js';
import { createCluster } from '../dist/src/gateway/balance/cluster.js';
import { TokenCache } from '../dist/src/gateway/lookup/token-cache.js';
import { chooseEndpoint } from '../dist/src/gateway/policies/choose.js';
import { PrefixRoute } from '../dist/src/gateway/policies/prefix-route.js';
import { viewPrompt } from '../dist/src/protocol/openai.js';

const BATCHES = 400;
const PATH = '/v1/chat/completions';
const CHOICE = { minimumMatchTokens: 1, loadWeightTokens: 64, maxAffinityLoss: 1 };
const random = createRandom(7);
const results = [];

/** Wall µs per call over batches of about half a millisecond; the minimum is what a quiet machine gives. */
function measure(name, run) {
  for (let index = 0; index < 300; index++) run(index);
  const probeStart = performance.now();
  for (let index = 0; index < 50; index++) run(index);
  const perBatch = Math.max(1, Math.round(0.5 / ((performance.now() - probeStart) / 50)));
  const times = [];
  let index = 0;
  for (let batch = 0; batch < BATCHES; batch++) {
    const start = performance.now();
    for (let call = 0; call < perBatch; call++) run(index++);
    times.push(((performance.now() - start) * 1_000) / perBatch);
  }
  times.sort((a, b) => a - b);
  const at = (share) => Number(times[Math.floor(share * (BATCHES - 1))].toFixed(2));
  results.push({ name, minUs: at(0), p50Us: at(0.5), p99Us: at(0.99), callsPerBatch: perBatch });
}

function text(bytes) {
  let result = '';
  while (result.length < bytes) result += `word${random.int(100_000)} `;
  return result.slice(0, bytes);
}

const bodyOf = (messages) => Buffer.from(JSON.stringify({ model: 'm', stream: true, messages }));
const chat = (bytes) => bodyOf([{ role: 'user', content: text(bytes) }]);

function clusterOf(count) {
  return createCluster({
    name: `of ${count}`,
    endpoints: Array.from({ length: count }, (_, index) => ({
      id: `engine-${index}`,
      host: '127.0.0.1',
      port: 1 + index,
      llm: {},
    })),
  });
}

function benchViews() {
  for (const kilobytes of [0.5, 4, 32, 220]) {
    const bodies = Array.from({ length: 16 }, () => chat(kilobytes * 1_024));
    measure(`read prompt and key, ${kilobytes} KB`, (index) =>
      viewPrompt(bodies[index % 16], PATH),
    );
  }
  const turns = bodyOf(
    Array.from({ length: 64 }, (_, index) => ({
      role: index % 2 ? 'assistant' : 'user',
      content: text(512),
    })),
  );
  measure('read prompt and key, 32 KB in 64 messages', () => viewPrompt(turns, PATH));
}

/** 8,192 tokens at four bytes each, 64 endpoints, an index filled to its bound. */
function benchPrefix() {
  const cluster = clusterOf(64);
  const routing = {
    ...CHOICE,
    prefixIndex: { blockTokens: 16, ttlMs: 3_600_000, maxBlocks: 1_000_000 },
  };
  const route = new PrefixRoute(routing, () => performance.now());
  const shared = text(16 * 1_024);
  const bodies = Array.from({ length: 1_000 }, () =>
    bodyOf([{ role: 'user', content: shared + text(16_384) }]),
  );
  for (let block = 0; block < 1_000_000; block += 512) {
    const body = block < 500_000 ? chat(32_768) : bodies[(block / 512) % bodies.length];
    const { chain } = route.choose(viewPrompt(body, PATH), cluster);
    route.record(chain, cluster, `engine-${random.int(64)}`);
  }
  const asked = bodies.slice(-64);
  const views = asked.map((body) => viewPrompt(body, PATH));
  measure('prefix decision, 8,192 tokens, 64 endpoints, 1,000,000 blocks', (index) =>
    route.choose(views[index % 64], cluster),
  );
  measure('the same with reading the body', (index) =>
    route.choose(viewPrompt(asked[index % 64], PATH), cluster),
  );
}

function benchChoice() {
  for (const count of [10, 1_000]) {
    const candidates = Array.from({ length: count }, (_, index) => ({
      endpointId: `engine-${index}`,
      isAvailable: true,
      inFlight: random.int(10),
      matchedTokens: random.int(8) * 256,
    }));
    measure(`choice by match and load, ${count} endpoints`, () =>
      chooseEndpoint(candidates, CHOICE),
    );
  }
}

function benchTokenCache() {
  for (const count of [1, 1_000_000]) {
    const cache = new TokenCache({ enabled: true, maxSize: 0, ttlMs: 600_000 }, () =>
      performance.now(),
    );
    const keys = Array.from({ length: count }, (_, index) => `key ${index}`);
    for (const key of keys) cache.set(key, { json: '[1]', count: 1 });
    const asked = Array.from({ length: 4_096 }, () => keys[random.int(count)]);
    measure(`token cache hit, ${cache.size} entries`, (index) => cache.get(asked[index & 4_095]));
  }
}

benchViews();
benchPrefix();
benchChoice();
benchTokenCache();
if (process.argv.includes('--json')) console.log(JSON.stringify({ results }));
else console.table(results);

// Cost of the simulation core, per CPU-second of this process. Run after `npm run build`:
//   node bench/mock-core.mjs [--json]
import { ControllerCore } from '../dist/mocks/controller/core/controller-core.js';
import { EngineCore } from '../dist/mocks/engine/core/engine-core.js';
import { instantProfile } from '../dist/mocks/profiles/builtin.js';
import { createRandom } from '../dist/src/base/random.js';
import { VirtualClock } from '../dist/src/base/virtual-clock.js';
import { chainSeed, TokenChain } from '../dist/mocks/kv/blocks.js';
import { chatTokenIds } from '../dist/mocks/kv/chat-tokens.js';
import { wordTokenizer } from '../dist/mocks/kv/tokens.js';

const ROUNDS = 3;
const ROUND_MS = 700;

/** Median over the rounds of operations per CPU-second. */
function perCpuSecond(run) {
  for (let index = 0; index < 200; index++) run(index);
  const rates = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage();
    const endMs = performance.now() + ROUND_MS;
    let count = 0;
    while (performance.now() < endMs) for (let burst = 0; burst < 16; burst++) run(count++);
    const { user, system } = process.cpuUsage(start);
    rates.push(count / ((user + system) / 1e6));
  }
  return Math.round(rates.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]);
}

const WORDS =
  'the cache of a long prompt is read once and then found again by every later turn'.split(' ');

function text(random, bytes) {
  let result = '';
  while (result.length < bytes) result += ` ${WORDS[random.int(WORDS.length)]}${random.int(100)}`;
  return result.slice(0, bytes);
}

function prompts(count) {
  const random = createRandom(7);
  return Array.from({ length: count }, () => text(random, 2_048));
}

function encode(prompt) {
  return chatTokenIds(wordTokenizer, [{ role: 'user', content: prompt }]);
}

function benchRequests(name, texts) {
  const engine = new EngineCore({ id: 'e', clock: new VirtualClock(), profile: instantProfile });
  const rate = perCpuSecond((index) => {
    const promptTokens = encode(texts[index % texts.length]);
    engine.submit({ key: `k${index}`, promptTokens, maxTokens: 64 });
  });
  return { name, value: rate, unit: 'requests per CPU-second' };
}

function benchTokenizer(texts) {
  const rate = perCpuSecond((index) => encode(texts[index % texts.length]));
  return { name: 'tokenize a 2 KB chat prompt', value: rate, unit: 'per CPU-second' };
}

function benchLookup() {
  const clock = new VirtualClock();
  const controller = new ControllerCore({ clock });
  for (const instanceId of ['a', 'b']) {
    controller.register({ instanceId, workerId: 0, ip: '127.0.0.1', port: 1, peerInitUrl: null });
  }
  const random = createRandom(3);
  const kept = [];
  const before = process.memoryUsage();
  for (let prompt = 0; prompt < 31_250; prompt++) {
    const tokens = new Uint32Array(8_192).map(() => 512 + random.int(1e9));
    const chain = new TokenChain(tokens, 256, chainSeed({}));
    const hashes = Array.from({ length: 32 }, (_, index) => chain.hash(index));
    const event = { type: 'stored', hashes, parentHash: null, tokens: [], blockSize: 256 };
    controller.report({ engineId: prompt % 2 ? 'a' : 'b', location: 'ram', atMs: 0, event });
    if (prompt % 1_000 === 0) kept.push(Array.from(tokens));
  }
  globalThis.gc?.();
  const rssGrowth = process.memoryUsage().rss - before.rss;
  const rate = perCpuSecond((index) => {
    if (controller.lookup(kept[index % kept.length]).size !== 1) throw new Error('missed');
  });
  const { chunks, bytes } = controller.index;
  return [
    { name: `look up 8,192 tokens among ${chunks} chunks`, value: rate, unit: 'per CPU-second' },
    { name: 'controller index', value: bytes / chunks, unit: 'bytes per chunk' },
    { name: 'process growth while indexing', value: rssGrowth / chunks, unit: 'bytes per chunk' },
  ];
}

function benchMemory() {
  const { device, tier } = new EngineCore({
    id: 'e',
    clock: new VirtualClock(),
    profile: instantProfile,
  }).stores;
  return [
    {
      name: 'device cache',
      value: device.bytes / instantProfile.blocks,
      unit: 'bytes per block of 16',
    },
    {
      name: 'second tier',
      value: tier.bytes / instantProfile.tier.chunks,
      unit: 'bytes per chunk of 256',
    },
  ];
}

const few = prompts(64);
const many = prompts(4_096);
const results = [
  benchTokenizer(many),
  benchRequests('whole request, 2 KB prompt, all found', few),
  benchRequests('whole request, 2 KB prompt, none found, evicting', many),
  ...benchLookup(),
  ...benchMemory(),
];

if (process.argv.includes('--json')) console.log(JSON.stringify(results, null, 2));
else
  for (const { name, value, unit } of results)
    console.log(`${name}: ${Number(value.toPrecision(4))} ${unit}`);

// Cost of `kvcache prompts analyze`, per CPU-second of this process. Run after `npm run build`:
//   node bench/prompts.mjs [--json] [--requests 100000]
import { parseArgs } from 'node:util';
import { createRandom } from '../dist/src/base/random.js';
import { COUNTED_IDS_MAX } from '../dist/src/prompts/analyze-trace.js';
import { analyzePrompts } from '../dist/src/prompts/analyze.js';
import { readPrompts } from '../dist/src/prompts/read/read-prompts.js';
import { Reuse } from '../dist/src/prompts/reuse/reuse.js';
import { builtInTokenizer } from '../dist/src/prompts/tokens/built-in.js';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    requests: { type: 'string', default: '100000' },
  },
});

const BLOCKS = 100;
const GOAL = { blocksPerCpuSecond: 2_000_000, bytesPerDistinctBlock: 120 };

/** Seconds of CPU that `work` takes, and what it gives. */
async function costOf(work) {
  const before = process.cpuUsage();
  const value = await work();
  const { user, system } = process.cpuUsage(before);
  return { value, seconds: (user + system) / 1e6 };
}

/**
 * Sequences of 100 blocks: six of ten go on from one of the last thousand, three begin with one of eight
 * common beginnings, one is new. Made as they are asked for, so that only what is analysed is held.
 */
function* sequences(count, symbolsPerBlock) {
  const random = createRandom(16);
  const length = BLOCKS * symbolsPerBlock;
  const recent = [];
  let fresh = 0;
  for (let index = 0; index < count; index++) {
    const kind = random.next();
    const symbols = new Uint32Array(length);
    for (let at = 0; at < length; at++) symbols[at] = fresh = (fresh + 1) >>> 0;
    const before = recent[random.int(recent.length)];
    if (kind < 0.6 && before) symbols.set(before.subarray(0, length * 0.9));
    else if (kind < 0.9) symbols.fill(4e9 + random.int(8), 0, length * 0.5);
    recent[index % 1_000] = symbols;
    yield symbols;
  }
}

/** The generator costs too; it is run alone and taken off. */
async function benchReuse(name, { count, unit, symbolsPerBlock, isTrace = false }) {
  const alone = await costOf(() => {
    let sum = 0;
    for (const symbols of sequences(count, symbolsPerBlock)) sum += symbols.length;
    return sum;
  });
  const { value: reuse, seconds } = await costOf(() => {
    const symbolsMax = isTrace ? COUNTED_IDS_MAX : undefined;
    const made = new Reuse({ unit, blockSize: 16, isTrace, symbolsMax });
    const tokens = BLOCKS * 16 + 1;
    for (const symbols of sequences(count, symbolsPerBlock)) {
      made.add(symbols, tokens, { root: '', labelAt: () => '' });
    }
    return made;
  });
  const { distinctBlocks, sampledOneIn } = reuse.curve();
  const { share, error } = reuse.shares().find((it) => it.blockSize === 16);
  return {
    name,
    requests: count,
    blocks: count * BLOCKS,
    distinctBlocks,
    ...(sampledOneIn && { sampledOneIn, share, error }),
    blocksPerCpuSecond: Math.round((count * BLOCKS) / Math.max(1e-3, seconds - alone.seconds)),
    bytesPerDistinctBlock: Math.round(reuse.bytes / distinctBlocks),
    peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

const WORDS = 'the depot wagon brake door north rail spring of and with late yard crew'.split(' ');

function* bodyLines(conversations) {
  const random = createRandom(17);
  const words = (count) =>
    Array.from({ length: count }, () => WORDS[random.int(WORDS.length)]).join(' ');
  const rules = words(1_500);
  for (let index = 0; index < conversations; index++) {
    const messages = [{ role: 'system', content: `Time 09:${10 + (index % 50)}. ${rules}` }];
    for (let turn = 0; turn < 5; turn++) {
      messages.push({ role: 'user', content: words(60) });
      yield Buffer.from(`${JSON.stringify({ model: 'm', messages })}\n`);
      messages.push({ role: 'assistant', content: words(120) });
    }
  }
}

async function benchBodies() {
  const lines = [...bodyLines(200)];
  const bytes = lines.reduce((sum, it) => sum + it.length, 0);
  const { value, seconds } = await costOf(async () =>
    analyzePrompts(await readPrompts({ path: 'bench', chunks: lines }), {
      source: 'bench',
      tokenizer: builtInTokenizer,
      blockSize: undefined,
      showsText: false,
      signal: new AbortController().signal,
    }),
  );
  return {
    name: 'request bodies with breaks, read to report',
    requests: value.requests,
    breaks: value.breaks.breaks,
    tokensPerCpuSecond: Math.round(value.promptTokens / seconds),
    megabytesPerCpuSecond: Math.round(bytes / seconds / 1e5) / 10,
  };
}

const count = Number(flags.requests);
const results = [
  await benchReuse('tokens', { count: Math.round(count / 10), unit: 1, symbolsPerBlock: 16 }),
  await benchReuse('ids of a trace', { count, unit: 16, symbolsPerBlock: 1, isTrace: true }),
  await benchBodies(),
];
if (flags.json) console.log(JSON.stringify({ goal: GOAL, results }));
else for (const result of results) console.log(result);

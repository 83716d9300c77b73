// Cost of `kvcache prompts analyze`, per CPU-second of this process, and of LMCache's own simulator where a Python that has
// it is named. Run after `npm run build`:
//   node bench/prompts.mjs [--json] [--requests 100000] [--lmcache PYTHON]
import { execFile } from 'node:child_process';
import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
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
    lmcache: { type: 'string' },
  },
});

const BLOCKS = 100;
const GOAL = { blocksPerCpuSecond: 2_000_000, bytesPerDistinctBlock: 120, timesLmcache: 5 };

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

const BLOCK_TOKENS = 16;
const ROUNDS = 3;

/**
 * What `lmcache tool cache-simulator simulate` does but for its plots, and its faster way without what it says of single chunks,
 * of which `sweep` takes one for each size. Loading its modules is not counted.
 */
const LMCACHE_SIMULATOR = `
import json, sys, time
from pathlib import Path
from lmcache.tools.cache_simulator.simulator import load_lookup_events, simulate
times = [time.process_time()]
events = load_lookup_events([Path(sys.argv[1])])
times.append(time.process_time())
found = simulate(events, 2**60, 1, fast=True)
times.append(time.process_time())
simulate(events, 2**60, 1)
times.append(time.process_time())
load, fast, whole = (b - a for a, b in zip(times, times[1:]))
print(json.dumps({"fast": load + fast, "whole": load + whole, "share": found["token_hit_rate"]}))
`;

/** The same requests as a Mooncake trace and as a log of LMCache's lookups; a token behind the last block keeps hits whole. */
function writeTraces(count, { trace, log }) {
  const files = [openSync(trace, 'w'), openSync(log, 'w')];
  const tokens = BLOCKS * BLOCK_TOKENS + 1;
  let index = 0;
  for (const symbols of sequences(count, 1)) {
    const ids = Array.from(symbols);
    const row = { timestamp: index, input_length: tokens, output_length: 1 };
    const lookup = { timestamp: index, chunk_size: BLOCK_TOKENS, seq_len: tokens };
    // Above all ids of blocks.
    const lines = [
      { ...row, hash_ids: [...ids, 5e9 + index] },
      { ...lookup, chunk_hashes: ids.map((id) => `0x${id.toString(16)}`) },
    ];
    files.forEach((file, at) => writeSync(file, `${JSON.stringify(lines[at])}\n`));
    index++;
  }
  files.forEach(closeSync);
}

async function analyzeTraceFile(path) {
  const chunks = createReadStream(path);
  const { value, seconds } = await costOf(async () =>
    analyzePrompts(await readPrompts({ path, chunks }, BLOCK_TOKENS), {
      source: path,
      tokenizer: builtInTokenizer,
      blockSize: undefined,
      showsText: false,
      signal: new AbortController().signal,
    }),
  );
  return { whole: seconds, share: value.reuse.find((it) => it.blockSize === BLOCK_TOKENS).share };
}

/** Both read a file of the same requests and say what a cache without bounds would have; ours says it of every size besides. */
async function benchLmcache(python, count) {
  const name = "a trace's file, against LMCache's cache-simulator";
  if (python === undefined) {
    return { name, skipped: 'name a Python that has lmcache 0.5.6 with --lmcache' };
  }
  const folder = mkdtempSync(join(tmpdir(), 'bench-prompts-'));
  const [trace, log] = ['trace.jsonl', 'lookups.jsonl'].map((it) => join(folder, it));
  try {
    writeTraces(count, { trace, log });
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
      const ours = await analyzeTraceFile(trace);
      const { stdout } = await promisify(execFile)(python, ['-c', LMCACHE_SIMULATOR, log]);
      rounds.push({ ours, theirs: JSON.parse(stdout.trim().split('\n').at(-1)) });
    }
    const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];
    const times = (mode) => middle(rounds.map(({ ours, theirs }) => theirs[mode] / ours.whole));
    const rate = (whose) => Math.round(count / middle(rounds.map((it) => it[whose].whole)));
    const [{ ours, theirs }] = rounds;
    return {
      name,
      requests: count,
      requestsPerCpuSecond: rate('ours'),
      lmcachePerCpuSecond: rate('theirs'),
      timesLmcache: times('whole'),
      timesLmcacheAtOneSize: times('fast'),
      hitRate: ours.share,
      isSameHitRate: Math.abs(ours.share - theirs.share) < 1e-9,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const count = Number(flags.requests);
const results = [
  await benchReuse('tokens', { count: Math.round(count / 10), unit: 1, symbolsPerBlock: 16 }),
  await benchReuse('ids of a trace', { count, unit: 16, symbolsPerBlock: 1, isTrace: true }),
  await benchBodies(),
  await benchLmcache(flags.lmcache, Math.round(count / 10)),
];
if (flags.json) console.log(JSON.stringify({ goal: GOAL, results }));
else for (const result of results) console.log(result);

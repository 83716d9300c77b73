// `npm run bench:merge [-- SAMPLES]`: writes the logs of four shards of an open loop, merges them with the
// built program, and says how long that takes and what memory it takes at most. 10 million samples by default.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../dist/src/base/random.js';

const SHARDS = 4;
const RATE_MS = 0.5;
const GAPS = 4;
const samples = Number(process.argv[2] ?? 10_000_000);
const folder = mkdtempSync(join(tmpdir(), 'kvcache-merge-'));

const HEAD = {
  schema: 'kvcache.samples/v1',
  version: '0',
  runId: 'bench',
  seed: 1,
  target: 'http://127.0.0.1/v1/chat/completions',
  model: 'm',
  timeoutMs: 60_000,
  startedAt: '2026-01-01T00:00:00.000Z',
  comparable: { rate: 1_000 / RATE_MS },
  thresholds: [],
};

async function writeShard(index) {
  const path = join(folder, `${index}.ndjson`);
  const file = createWriteStream(path, { highWaterMark: 1 << 20 });
  const shard = { index, of: SHARDS };
  const clock = { offsetMs: 0, boundMs: 0.1 };
  const facts = { ...shard, plan: 'p', startAtMs: 1_767_225_600_000, clock, bootId: null };
  file.write(`${JSON.stringify({ ...HEAD, shard })}\n`);
  file.write(`${JSON.stringify({ schema: 'kvcache.samples-note/v1', shard: facts })}\n`);
  const line = lines(createRandom(index));
  let count = 0;
  let text = '';
  for (let id = index; id < samples; id += SHARDS) {
    text += line(id);
    count++;
    if (text.length < 1 << 20) continue;
    if (!file.write(text)) await once(file, 'drain');
    text = '';
  }
  const phase = { ended: 'complete', startMs: 0, endMs: samples * RATE_MS };
  const counts = { scheduled: count, started: count, unsent: 0, finished: count, failed: 0 };
  const end = { outcome: 'pass', exitCode: 0, isPartial: false, stopReason: null, checks: [] };
  const known = { prompts: null, audit: [], beganMs: 0, planned: samples };
  const schema = 'kvcache.samples-end/v1';
  file.end(
    `${text}${JSON.stringify({ schema, ...end, ...known, phase: { ...phase, ...counts } })}\n`,
  );
  await once(file, 'close');
  return path;
}

const micros = (ms) => Math.round(ms * 1_000) / 1_000;

/** Whatever follows the marks is one of many that were written before: writing must not take longer than merging. */
function lines(random) {
  const endings = Array.from({ length: 4_096 }, () => {
    const itlsMs = Array.from({ length: GAPS }, () => micros(5 + 10 * random.next()));
    const tokens = { promptTokens: 768, outputTokens: GAPS + 1, cachedTokens: 16 * random.int(48) };
    const answer = { servedBy: `engine-${random.int(8)}`, status: 200, finishReason: 'stop' };
    const rest = { itlsMs, ...tokens, ...answer, requestBytes: 4_000, answerBytes: 1_200 };
    return {
      json: JSON.stringify(rest).slice(1),
      answeringMs: itlsMs.reduce((sum, it) => sum + it, 0),
    };
  });
  return (id) => {
    const intendedMs = micros(id * RATE_MS);
    const sentMs = micros(intendedMs + 0.2 * random.next());
    const firstTokenMs = micros(sentMs + 20 + 100 * random.next());
    const { json, answeringMs } = endings[random.int(endings.length)];
    const endMs = micros(firstTokenMs + answeringMs);
    return `{"id":${id},"phase":"measure","arm":"","block":0,"group":"","intendedMs":${intendedMs},"sentMs":${sentMs},"firstTokenMs":${firstTokenMs},"lastTokenMs":${endMs},"endMs":${endMs},${json}\n`;
  };
}

/** The most memory a process had so far, MiB, and the CPU time it took, s; undefined when it is gone. */
function costOf(pid) {
  try {
    const [, peak] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .split(') ')[1]
      .split(' ')
      .slice(11);
    return { peakMiB: Number(peak) / 1_024, cpuS: (Number(user) + Number(system)) / 100 };
  } catch {
    return undefined;
  }
}

try {
  const paths = [];
  for (let index = 0; index < SHARDS; index++) paths.push(await writeShard(index));
  const start = performance.now();
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../bin/kvcache.js'), 'report', 'merge', ...paths],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  let cost;
  const watch = setInterval(() => (cost = costOf(child.pid) ?? cost), 100);
  const [code] = await once(child, 'exit');
  clearInterval(watch);
  const seconds = (performance.now() - start) / 1_000;
  console.log(
    `${samples} samples, ${SHARDS} shards: ${seconds.toFixed(1)} s, ${cost.cpuS.toFixed(1)} s of CPU, ${cost.peakMiB.toFixed(0)} MiB at most, exit code ${code}`,
  );
} finally {
  rmSync(folder, { recursive: true });
}

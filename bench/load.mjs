// Our load generator against autocannon and wrk, in interleaved slices on one core.
//   npm run bench:load            ratios (autocannon is fetched into a temporary folder unless
//                                 AUTOCANNON_DIR names a folder that has it; wrk if installed)
//   npm run bench:load -- memory  a million requests, peak memory: answers as varied as they come
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { systemClock } from '../dist/src/base/clock.js';
import { runPhase } from '../dist/src/load/run-load.js';
import { SampleTable } from '../dist/src/load/sample-table.js';
import { aggregate } from '../dist/src/load/aggregate.js';
import { createLoadClient } from '../dist/src/net/load-client.js';

const ROUNDS = Number(process.env.ROUNDS ?? 16);
const SLICE_MS = 1_000;
const FOREIGN_CORES_MAX = 0.2;
const TICK_MS = 10;
const BODY = JSON.stringify({
  model: 'bench',
  messages: [{ role: 'user', content: 'word '.repeat(40).trim() }],
  max_tokens: 8,
});
const hasTaskset = spawnSync('taskset', ['--version']).status === 0;

function pinned(core, command, args) {
  return hasTaskset ? ['taskset', ['-c', String(core), command, ...args]] : [command, args];
}

async function startServer(kind) {
  const script = new URL('load-server.mjs', import.meta.url).pathname;
  const [command, args] = pinned(0, process.execPath, [script, kind]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const [chunk] = await once(child.stdout, 'data');
  return { url: String(chunk).trim(), pid: child.pid, stop: () => child.kill() };
}

function cpuOfMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function machineBusyMs() {
  const [user, nice, system, , , irq, softIrq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n')[0]
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softIrq + steal) * TICK_MS;
}

async function ours(url, concurrency) {
  const client = createLoadClient({ url, connections: concurrency, connectTimeoutMs: 2_000 });
  const samples = new SampleTable();
  const request = { body: Buffer.from(BODY), group: '' };
  const outcome = await runPhase(
    {
      labels: { phase: 'measure', arm: '', block: 0 },
      load: { kind: 'closed', concurrency },
      durationMs: SLICE_MS,
      timeoutMs: 10_000,
      maxErrorRate: 0,
    },
    {
      client,
      clock: systemClock,
      originMs: systemClock.nowMs(),
      source: () => request,
      record: (sample) => samples.push(sample),
    },
  );
  await client.close();
  const { servedBy } = samples.at(0);
  if (outcome.failed > 0 || servedBy !== 'bench-engine') throw new Error('The slice failed.');
  return {
    requests: outcome.finished,
    ms: outcome.endMs - outcome.startMs,
    p50: () => aggregate(samples, 10_000).latency.percentiles[0].value,
  };
}

function autocannonRunner(autocannon) {
  return async (url, connections) => {
    const result = await autocannon({
      url,
      connections,
      duration: SLICE_MS / 1_000,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: BODY,
    });
    return { requests: result['2xx'], ms: result.duration * 1_000 };
  };
}

async function wrk(url, connections) {
  const script = join(mkdtempSync(join(tmpdir(), 'kvcache-wrk-')), 'post.lua');
  writeFileSync(
    script,
    `wrk.method = "POST"\nwrk.body = [==[${BODY}]==]\nwrk.headers["content-type"] = "application/json"\n`,
  );
  const [command, args] = pinned(1, 'wrk', [
    '-t1',
    `-c${connections}`,
    `-d${SLICE_MS / 1_000}s`,
    '--latency',
    '-s',
    script,
    url,
  ]);
  const child = spawn('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$0" "$@"', command, ...args]);
  let [out, times] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (times += chunk));
  await once(child, 'close');
  const [, requests, seconds] = /(\d+) requests in ([\d.]+)s/.exec(out);
  const [user, system] = times.trim().split(/\s+/).map(Number);
  const p50 = /50%\s+([\d.]+)(us|ms)/.exec(out);
  return {
    requests: Number(requests),
    ms: Number(seconds) * 1_000,
    clientCpuMs: (user + system) * 1_000,
    p50: () => Number(p50[1]) / (p50[2] === 'us' ? 1_000 : 1),
  };
}

async function slice(run, server, concurrency) {
  const [busy, serverCpu, own] = [machineBusyMs(), cpuOfMs(server.pid), process.cpuUsage()];
  const startMs = performance.now();
  const result = await run(server.url, concurrency);
  const wallMs = performance.now() - startMs;
  const used = process.cpuUsage(own);
  const ownMs = (used.user + used.system) / 1_000;
  const clientCpuMs = result.clientCpuMs ?? ownMs;
  const foreignMs =
    machineBusyMs() - busy - (cpuOfMs(server.pid) - serverCpu) - ownMs - (result.clientCpuMs ?? 0);
  return {
    rps: (result.requests * 1_000) / result.ms,
    cpuUs: (clientCpuMs * 1_000) / result.requests,
    p50: result.p50?.(),
    foreignCores: Math.max(0, foreignMs) / wallMs,
  };
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

async function compare(name, server, concurrency, runners) {
  const slices = Object.fromEntries(Object.keys(runners).map((tool) => [tool, []]));
  for (let round = -2; round < ROUNDS; round++) {
    const order = Object.keys(runners).toSorted(() => Math.random() - 0.5);
    for (const tool of order) {
      const result = await slice(runners[tool], server, concurrency);
      if (round >= 0) slices[tool].push(result);
    }
  }
  const lines = Object.entries(slices).map(([tool, all]) => {
    const clean = all.filter(({ foreignCores }) => foreignCores < FOREIGN_CORES_MAX);
    const kept = clean.length >= 3 ? clean : all;
    const p50s = kept.map(({ p50 }) => p50).filter((value) => value !== undefined);
    return {
      tool,
      rps: median(kept.map(({ rps }) => rps)),
      cpuUs: median(kept.map(({ cpuUs }) => cpuUs)),
      p50: p50s.length > 0 ? median(p50s) : undefined,
      kept: `${clean.length}/${all.length}${clean.length >= 3 ? '' : ' (too busy: all used)'}`,
    };
  });
  const us = lines.find(({ tool }) => tool === 'kvcache');
  console.log(`\n${name}, ${concurrency} connections`);
  for (const { tool, rps, cpuUs, p50, kept } of lines) {
    const ratio =
      tool === 'kvcache'
        ? ''
        : `  ours/this: rps ${(us.rps / rps).toFixed(2)}, CPU ${(us.cpuUs / cpuUs).toFixed(2)}`;
    const latency = p50 === undefined ? '' : `, p50 ${p50.toFixed(3)} ms`;
    console.log(
      `  ${tool.padEnd(10)} ${Math.round(rps)} rps, ${cpuUs.toFixed(1)} µs CPU/request${latency}, clean slices ${kept}${ratio}`,
    );
  }
}

async function loadAutocannon() {
  const folder = process.env.AUTOCANNON_DIR ?? mkdtempSync(join(tmpdir(), 'kvcache-bench-'));
  const require = createRequire(join(folder, 'package.json'));
  if (process.env.AUTOCANNON_DIR === undefined) {
    execFileSync('npm', ['i', '--no-save', '--no-audit', '--no-fund', 'autocannon@8.0.0'], {
      cwd: folder,
      stdio: 'ignore',
    });
  }
  return require('autocannon');
}

/** Bodies of many lengths in groups, as a workload makes them. */
function variedRequest(index) {
  const body = Buffer.from(JSON.stringify({ model: 'bench', n: 'x'.repeat((index * 37) % 500) }));
  return { body, group: `group-${index % 64}` };
}

async function measureMemory() {
  const server = await startServer('varied');
  const client = createLoadClient({ url: server.url, connections: 64, connectTimeoutMs: 2_000 });
  const samples = new SampleTable();
  let asked = 0;
  const outcome = await runPhase(
    {
      labels: { phase: 'measure', arm: '', block: 0 },
      load: { kind: 'closed', concurrency: 64 },
      requests: 1_000_000,
      timeoutMs: 10_000,
      maxErrorRate: 1,
    },
    {
      client,
      clock: systemClock,
      originMs: systemClock.nowMs(),
      source: () => variedRequest(asked++),
      record: (sample) => samples.push(sample),
    },
  );
  const measuredMb = process.resourceUsage().maxRSS / 1_024;
  const result = aggregate(samples, 10_000);
  await client.close();
  server.stop();
  const itls = result.itl.n;
  console.log(
    `${outcome.finished} requests, ${outcome.failed} failed, ${itls} gaps between tokens, ` +
      `${Object.keys(result.servedBy).length} engines, hit rate ${result.tokens.prefixHitRate.toFixed(3)}, ` +
      `${Math.round(result.goodputPerSecond)} rps, p95 ${result.latency.percentiles[2].value.toFixed(2)} ms, ` +
      `peak memory ${Math.round(measuredMb)} MB while measuring, ${Math.round(process.resourceUsage().maxRSS / 1_024)} MB with the summary`,
  );
}

async function compareAll() {
  if (hasTaskset) execFileSync('taskset', ['-cp', '1', String(process.pid)], { stdio: 'ignore' });
  else console.log('taskset is missing: nothing is pinned to a core.');
  const runners = { kvcache: ours };
  try {
    runners.autocannon = autocannonRunner(await loadAutocannon());
  } catch (error) {
    console.log(`autocannon is missing: ${error.message}`);
  }
  if (spawnSync('wrk', ['-v']).error === undefined) runners.wrk = wrk;
  else console.log('wrk is not installed; it is left out.');
  const http = await startServer('http');
  const canned = await startServer('canned');
  await compare('POST, node:http server', http, 16, runners);
  await compare('POST, node:http server', http, 64, runners);
  await compare('POST, canned server (client-bound)', canned, 64, runners);
  await compare('POST, node:http server', http, 1, runners);
  http.stop();
  canned.stop();
}

await (process.argv[2] === 'memory' ? measureMemory() : compareAll());

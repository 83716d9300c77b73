/**
 * What the gateway adds to streams, paced requests and large prompts, and whether its memory grows.
 * Each figure is taken directly from the upstream and through the gateway. After `npm run build`:
 *   node bench/gateway-stages.mjs [--stages ttft,streams,open-loop,large,endpoints,memory] [--seconds 10]
 *     [--requests 100000] [--rounds 3] [--before DIR]
 * Figures are medians of rounds, in which everything takes its turn. `--before` names another checkout,
 * built, that takes its turn too.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: {
    stages: { type: 'string', default: 'ttft,streams,open-loop,large,endpoints,memory' },
    seconds: { type: 'string', default: '10' },
    requests: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
    before: { type: 'string', default: '' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'kvcache-bench-'));
const OURS = new URL('..', import.meta.url).pathname;
const agent = new Agent({ keepAlive: true, maxSockets: 1_000 });
const CHUNK_GAP_MS = 20;
const wallMs = () => performance.timeOrigin + performance.now();

/** Prints its port; on a core of its own where the machine has two. */
async function startUpstream() {
  const file = new URL('gateway-upstream.mjs', import.meta.url).pathname;
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise((resolve) =>
    child.stdout.once('data', (it) => resolve(Number(it))),
  );
  return { child, port };
}

async function startGateway(port, { policy = 'lookup', endpoints = 2, root = OURS } = {}) {
  const url = `http://127.0.0.1:${port}`;
  const list = Array.from(
    { length: endpoints },
    (_, at) =>
      `{ID: engine-${at}, socket_address: {address: 127.0.0.1, port: ${port}}, llm_meta: {}}`,
  );
  const file = join(folder, `gateway-${policy}-${endpoints}.yaml`);
  writeFileSync(
    file,
    `
static_resources:
  listeners:
    - name: bench
      address: {socket_address: {address: 127.0.0.1, port: 0}}
      filter_chains:
        filters:
          - name: dgp.filter.httpconnectionmanager
            config:
              route_config: {routes: [{match: {prefix: /v1}, route: {cluster: llm}}]}
              http_filters: [{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "${url}", lmcache_endpoint: "${url}", lookup_routing_timeout: 2s}}, {name: dgp.filter.llm.proxy, config: {timeout: 60s, maxConnsPerHost: 400}}]
  clusters:
    - {name: llm, lb_policy: RoundRobin, endpoints: [${list.join(', ')}]}
x-kvcache: {routing: {policy: ${policy}}}
`,
  );
  const args = [
    join(root, 'bin/kvcache.js'),
    'gateway',
    'start',
    '-c',
    file,
    '-l',
    'error',
    '--json',
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += chunk));
  const line = await new Promise((resolve, reject) => {
    child.stdout.once('data', (chunk) => resolve(String(chunk).split('\n')[0]));
    child.once('exit', () => reject(new Error(`the gateway ended early: ${errors}`)));
  });
  return { url: JSON.parse(line).url, child };
}

const chat = (text) =>
  JSON.stringify({ model: 'bench', messages: [{ role: 'user', content: text }] });

/** One request; resolves to ms until its end. */
function ask(base, body) {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${base}/v1/chat/completions`,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (answer) => {
        answer.resume();
        answer.on('end', () => {
          if (answer.statusCode !== 200) reject(new Error(`HTTP ${answer.statusCode}`));
          else resolve(performance.now() - startedMs);
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function percentile(values, share) {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))];
}

async function warmUp(base, count, body = chat('warm '.repeat(800))) {
  let left = count;
  const worker = async () => {
    while (left-- > 0) await ask(base, body);
  };
  await Promise.all(Array.from({ length: 32 }, worker));
}

/** Open loop: requests start when they are due. */
async function paced(base, perSecond, bodyOf) {
  const total = perSecond * Number(flags.seconds);
  const startMs = performance.now() + 50;
  const running = [];
  for (let at = 0; at < total; at++) {
    const dueMs = startMs + (at * 1_000) / perSecond;
    const restMs = dueMs - performance.now();
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    running.push(ask(base, bodyOf(at)));
  }
  return Promise.all(running);
}

/** Streams over one connection, one after the other, read from the bare socket: the client must not be what is slow. */
function streamsOverOne(base, { rounds, chunks }, hear) {
  const { hostname, port } = new URL(base);
  const body = chat('stream '.repeat(500));
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\nx-chunks: ${chunks}\r\ncontent-length: ${body.length}\r\n\r\n`;
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  let left = rounds;
  let startedMs;
  let hasHead;
  const next = () => {
    startedMs = performance.now();
    hasHead = false;
    socket.write(head + body);
  };
  return new Promise((resolve, reject) => {
    socket.on('connect', next);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the stream was cut')));
    socket.on('data', (data) => {
      const nowMs = wallMs();
      const text = data.latin1Slice();
      if (!hasHead) hear.head(performance.now() - startedMs);
      hasHead = true;
      for (const [, at] of text.matchAll(/"at":([\d.]+)/g)) hear.delay(nowMs - at);
      if (!text.endsWith('0\r\n\r\n')) return;
      if (--left > 0) next();
      else {
        socket.removeAllListeners('close');
        socket.destroy();
        resolve();
      }
    });
  });
}

async function streams(base, { count, rounds, chunks }) {
  const delays = [];
  const heads = [];
  const hear = { head: (ms) => heads.push(ms), delay: (ms) => delays.push(ms) };
  await Promise.all(
    Array.from({ length: count }, async (_, at) => {
      await new Promise((resolve) => setTimeout(resolve, (at * CHUNK_GAP_MS * chunks) / count));
      await streamsOverOne(base, { rounds, chunks }, hear);
    }),
  );
  return { delays, heads };
}

/** The stream path has code of its own that a just-in-time compiler must have seen often. */
const warmUpStreams = (base) => streams(base, { count: 100, rounds: 60, chunks: 1 });

/** A figure of each server in turns, round after round, then its medians. */
async function compare(name, servers, measure) {
  const figures = servers.map(() => []);
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const [at, server] of servers.entries()) figures[at].push(await measure(server.url));
  }
  const [direct, ...through] = figures.map((it) => percentile(it, 0.5));
  for (const [at, ms] of through.entries()) {
    console.log(
      `${name.padEnd(44)} ${servers[at + 1].name.padEnd(8)} direct ${direct.toFixed(2)}  through ${ms.toFixed(2)}  added ${(ms - direct).toFixed(2)} ms`,
    );
  }
}

const STAGES = {
  async ttft({ direct, lookup }) {
    const shape = { count: 1, rounds: 100, chunks: 2 };
    await compare('head and first chunk, 1 stream, p50', [direct, ...lookup], async (base) =>
      percentile((await streams(base, shape)).heads, 0.5),
    );
  },
  async streams({ direct, lookup }) {
    const shape = { count: 200, rounds: 4, chunks: 50 };
    await compare('chunk delay, 200 streams, p99', [direct, ...lookup], async (base) =>
      percentile((await streams(base, shape)).delays, 0.99),
    );
  },
  async 'open-loop'({ direct, prefix }) {
    const body = (at) => chat(`conversation ${at % 100} ${'word '.repeat(800)}`);
    await compare('500 requests/s, 4 KB, policy prefix, p95', [direct, ...prefix], async (base) =>
      percentile(await paced(base, 500, body), 0.95),
    );
  },
  async large({ direct, prefix, lookup }) {
    const text = 'word '.repeat(44_000);
    const body = (at) => chat(`conversation ${at % 20} ${text}`);
    const p95 = async (base) => percentile(await paced(base, 120, body), 0.95);
    await compare('120 requests/s, 220 KB, policy prefix, p95', [direct, ...prefix], p95);
    await compare('120 requests/s, 220 KB, policy lookup, p95', [direct, ...lookup], p95);
  },
  async endpoints({ port }) {
    for (const endpoints of [10, 1_000]) {
      const { url, child } = await startGateway(port, { endpoints });
      await warmUp(url, 8_000);
      const before = cpuMs(child.pid);
      await warmUp(url, 8_000);
      const us = ((cpuMs(child.pid) - before) * 1_000) / 8_000;
      console.log(`CPU per request with ${endpoints} endpoints`.padEnd(44), `${us.toFixed(0)} µs`);
      child.kill('SIGTERM');
    }
  },
  async memory({ port }) {
    const { url, child } = await startGateway(port);
    const total = Number(flags.requests);
    const samples = [];
    const worker = async (next) => {
      for (let at = next(); at < total; at = next()) {
        await ask(url, chat(`prompt ${at % 100_000} ${'word '.repeat(100)}`));
        if (at % (total / 10) === 0) samples.push(residentMb(child.pid));
      }
    };
    let started = 0;
    await Promise.all(Array.from({ length: 32 }, () => worker(() => started++)));
    samples.push(residentMb(child.pid));
    console.log(`resident MB at every tenth of ${total} requests: ${samples.join(' ')}`);
    child.kill('SIGTERM');
  },
};

function cpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function residentMb(pid) {
  return Math.round(
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1_024,
  );
}

const { child: upstream, port } = await startUpstream();
const children = [upstream];
try {
  const roots = { gateway: OURS, ...(flags.before && { before: flags.before }) };
  const startAll = async (policy) => {
    const started = [];
    for (const [name, root] of Object.entries(roots)) {
      const { url, child } = await startGateway(port, { policy, root });
      children.push(child);
      started.push({ name, url });
    }
    return started;
  };
  const [lookup, prefix] = [await startAll('lookup'), await startAll('prefix')];
  const direct = { name: 'direct', url: `http://127.0.0.1:${port}` };
  for (const { url } of [direct, ...lookup, ...prefix]) {
    await warmUp(url, 8_000);
    await warmUpStreams(url);
  }
  for (const name of flags.stages.split(',')) {
    if (!STAGES[name])
      throw new Error(`no stage ${name}; there are ${Object.keys(STAGES).join(', ')}`);
    await STAGES[name]({ direct, lookup, prefix, port });
  }
} finally {
  for (const child of children) child.kill('SIGTERM');
  agent.destroy();
  rmSync(folder, { recursive: true, force: true });
}

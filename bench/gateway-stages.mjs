/**
 * What the gateway adds to streams, paced requests and large prompts, and whether its memory grows.
 * Each figure is taken directly from the upstream and through the gateway. After `npm run build`:
 *   node bench/gateway-stages.mjs [--stages ttft,streams,open-loop,large,endpoints,memory] [--seconds 10] [--requests 100000]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: {
    stages: { type: 'string', default: 'ttft,streams,open-loop,large,endpoints,memory' },
    seconds: { type: 'string', default: '10' },
    requests: { type: 'string', default: '100000' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'kvcache-bench-'));
const GATEWAY = new URL('../bin/kvcache.js', import.meta.url).pathname;
const agent = new Agent({ keepAlive: true, maxSockets: 1_000 });
const CHUNK_GAP_MS = 20;
const wallMs = () => performance.timeOrigin + performance.now();
const ANSWER = JSON.stringify({ choices: [{ message: { content: 'x'.repeat(300) } }] });
const LOOKUP = JSON.stringify({ event_id: 'e', layout_info: { 'engine-0': ['ram', 900] } });
const TOKENIZE = JSON.stringify({ count: 900, tokens: Array.from({ length: 900 }, (_, at) => at) });

/** Engine and controller; a chunk carries the time it was written. */
function startUpstream() {
  const server = createServer((incoming, answer) => {
    incoming.resume();
    incoming.on('end', () => {
      const chunks = Number(incoming.headers['x-chunks'] ?? 0);
      if (chunks > 0) {
        answer.writeHead(200, { 'content-type': 'text/event-stream' });
        answer.flushHeaders();
        let sent = 0;
        const timer = setInterval(() => {
          answer.write(`data: {"at":${wallMs()}}\n\n`);
          if (++sent === chunks) {
            clearInterval(timer);
            answer.end('data: [DONE]\n\n');
          }
        }, CHUNK_GAP_MS);
        return;
      }
      const body =
        { '/lookup': LOOKUP, '/tokenize': TOKENIZE }[incoming.url] ??
        (incoming.url.startsWith('/v1') ? ANSWER : '{}');
      answer.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      });
      answer.end(body);
    });
  });
  server.keepAliveTimeout = 60_000;
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve({ server, port: server.address().port })),
  );
}

async function startGateway(port, { policy = 'lookup', endpoints = 2 } = {}) {
  const url = `http://127.0.0.1:${port}`;
  const list = Array.from(
    { length: endpoints },
    (_, at) =>
      `{id: engine-${at}, socket_address: {address: 127.0.0.1, port: ${port}}, llm_meta: {}}`,
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
  const args = [GATEWAY, 'gateway', 'start', '-c', file, '-l', 'error', '--json'];
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

/** One request; `onChunk` hears every piece of the body. Resolves to ms until head and until end. */
function ask(base, body, { headers = {}, onChunk } = {}) {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${base}/v1/chat/completions`,
      { method: 'POST', agent, headers: { 'content-type': 'application/json', ...headers } },
      (answer) => {
        const headMs = performance.now() - startedMs;
        answer.on('data', (chunk) => onChunk?.(chunk));
        answer.on('end', () => {
          if (answer.statusCode !== 200) reject(new Error(`HTTP ${answer.statusCode}`));
          else resolve({ headMs, endMs: performance.now() - startedMs });
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
  return (await Promise.all(running)).map((it) => it.endMs);
}

async function streams(base, { count, rounds, chunks }) {
  const delays = [];
  const heads = [];
  const one = async () => {
    const { headMs } = await ask(base, chat('stream '.repeat(500)), {
      headers: { 'x-chunks': String(chunks) },
      onChunk(chunk) {
        const nowMs = wallMs();
        for (const [, at] of String(chunk).matchAll(/"at":([\d.]+)/g)) delays.push(nowMs - at);
      },
    });
    heads.push(headMs);
  };
  await Promise.all(
    Array.from({ length: count }, async (_, at) => {
      await new Promise((resolve) => setTimeout(resolve, (at * CHUNK_GAP_MS * chunks) / count));
      for (let round = 0; round < rounds; round++) await one();
    }),
  );
  return { delays, heads };
}

const print = (name, direct, through, unit = 'ms') =>
  console.log(
    `${name.padEnd(44)} direct ${direct.toFixed(2)}  gateway ${through.toFixed(2)}  added ${(through - direct).toFixed(2)} ${unit}`,
  );

const STAGES = {
  async ttft({ direct, gateway }) {
    const shape = { count: 1, rounds: 100, chunks: 2 };
    const head = async (base) => percentile((await streams(base, shape)).heads, 0.5);
    print('head of a stream, 1 stream, p50', await head(direct), await head(gateway));
  },
  async streams({ direct, gateway }) {
    const shape = { count: 200, rounds: 4, chunks: 50 };
    const [plain, through] = [await streams(direct, shape), await streams(gateway, shape)];
    for (const share of [0.5, 0.99]) {
      const of = (it) => percentile(it.delays, share);
      print(`chunk delay, 200 streams, p${share * 100}`, of(plain), of(through));
    }
  },
  async 'open-loop'({ direct, prefix }) {
    const body = (at) => chat(`conversation ${at % 100} ${'word '.repeat(800)}`);
    const p95 = async (base) => percentile(await paced(base, 500, body), 0.95);
    print('500 requests/s, 4 KB, policy prefix, p95', await p95(direct), await p95(prefix));
  },
  async large({ direct, prefix, gateway }) {
    const text = 'word '.repeat(44_000);
    const body = (at) => chat(`conversation ${at % 20} ${text}`);
    const p95 = async (base) => percentile(await paced(base, 120, body), 0.95);
    const plain = await p95(direct);
    print('120 requests/s, 220 KB, policy prefix, p95', plain, await p95(prefix));
    print('120 requests/s, 220 KB, policy lookup, p95', plain, await p95(gateway));
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

const { server, port } = await startUpstream();
const children = [];
try {
  const lookup = await startGateway(port);
  children.push(lookup.child);
  const prefix = await startGateway(port, { policy: 'prefix' });
  children.push(prefix.child);
  const direct = `http://127.0.0.1:${port}`;
  for (const base of [direct, lookup.url, prefix.url]) await warmUp(base, 8_000);
  for (const name of flags.stages.split(',')) {
    if (!STAGES[name])
      throw new Error(`no stage ${name}; there are ${Object.keys(STAGES).join(', ')}`);
    await STAGES[name]({ direct, gateway: lookup.url, prefix: prefix.url, port });
  }
} finally {
  for (const child of children) child.kill('SIGTERM');
  agent.destroy();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
}

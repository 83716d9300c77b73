/**
 * CPU per request and requests per second of the gateway beside other proxies doing the same work:
 * interleaved slices, medians, ratios. `npm run bench:gateway -- --help` shows the settings.
 * Needs Linux and wrk; nginx and the npm peers are measured when they are there.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '48' },
    warmup: { type: 'string', default: '20000' },
    sizes: { type: 'string', default: '512,4096,32768' },
    'peers-dir': { type: 'string', default: process.cwd() },
    before: { type: 'string', default: '' },
    prompts: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (flags.help) {
  console.log(`--seconds 2 --rounds 4 --warmup 20000 (requests) --connections 48 --sizes 512,4096,32768 --json
--prompts 1       so many in turns; with one, requests in flight share lookups
--before DIR      another checkout, built, that takes its turns too
--peers-dir DIR   where "npm i fastify @fastify/http-proxy http-proxy" was run`);
  process.exit(0);
}

const TICKS_PER_SECOND = 100;
const folder = mkdtempSync(join(tmpdir(), 'kvcache-bench-'));
const children = [];
const missing = [];

const has = (program) => spawnSync('which', [program]).status === 0;
const pinned = (core, command) =>
  has('taskset') ? ['taskset', '-c', String(core), ...command] : command;

function start(command, options = {}) {
  const [file, ...args] = pinned(options.core ?? 0, command);
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
  children.push(child);
  return child;
}

function firstLine(child) {
  return new Promise((resolve, reject) => {
    let errors = '';
    child.stderr.on('data', (chunk) => (errors += chunk));
    child.stdout.once('data', (chunk) => resolve(String(chunk).split('\n')[0]));
    child.once('exit', () => reject(new Error(`ended early: ${errors}`)));
  });
}

const OURS = new URL('..', import.meta.url).pathname;

/** The sample's: every request pins its prompt, compresses and evicts cold ones. */
const STRATEGY = `, hot_window: 2m, hot_max_records: 100, cache_strategy: {enable_compression: true, enable_pinning: true, enable_eviction: true, memory_threshold: 0.000001, hot_content_threshold: 1, load_threshold: 0.000001, pin_instance_id: b, pin_location: ram-b, compress_instance_id: b, compress_location: ram-b, compress_method: zstd, evict_instance_id: a}`;

/** A lookup may take its time here: what is given up under full load would not be measured. */
function gatewayConfig(upstreamPort, name) {
  const hasRouting = !name.includes('off');
  const strategy = name.includes('strategy') ? STRATEGY : '';
  const url = `http://127.0.0.1:${upstreamPort}`;
  const kvcache = `{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "${url}", lmcache_endpoint: "${url}", lookup_routing_timeout: 2s, token_cache: {enabled: true, max_size: 10000}${strategy}}}, `;
  return `
static_resources:
  listeners:
    - name: bench
      address: {socket_address: {address: 127.0.0.1, port: 0}}
      filter_chains:
        filters:
          - name: dgp.filter.httpconnectionmanager
            config:
              route_config: {routes: [{match: {prefix: /v1}, route: {cluster: llm}}]}
              http_filters: [${hasRouting ? kvcache : ''}{name: dgp.filter.llm.proxy, config: {timeout: 30s, maxConnsPerHost: 200}}]
  clusters:
    - {name: llm, lb_policy: RoundRobin, endpoints: [{ID: a, socket_address: {address: 127.0.0.1, port: ${upstreamPort}}, llm_meta: {}}, {ID: b, socket_address: {address: 127.0.0.1, port: ${upstreamPort}}, llm_meta: {}}]}
metric: {enable: true, prometheus_port: 0}
`;
}

async function startGateway(name, upstreamPort, root = OURS) {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, gatewayConfig(upstreamPort, name));
  const child = start([
    process.execPath,
    join(root, 'bin/kvcache.js'),
    'gateway',
    'start',
    '-c',
    file,
    '-l',
    'error',
    '--json',
  ]);
  const { url, metricsUrl } = JSON.parse(await firstLine(child));
  return { name, url, metricsUrl, pids: [child.pid] };
}

/** What decision 0021 is measured by: the same proxy over either client. */
async function startForwarder(client, upstreamPort) {
  const file = join(OURS, 'bench/forwarder.mjs');
  const child = start([process.execPath, file, client, String(upstreamPort)]);
  return { name: `forwarder-${client}`, url: await firstLine(child), pids: [child.pid] };
}

function startGatewaysBefore(upstreamPort) {
  const names = ['before-off', 'before-full', 'before-strategy'];
  return Promise.all(names.map((name) => startGateway(name, upstreamPort, flags.before)));
}

async function startNginx(name, upstreamPort, extra) {
  if (!has('nginx')) {
    missing.push(`${name}: nginx is not installed`);
    return undefined;
  }
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const file = join(folder, `${name}.conf`);
  writeFileSync(
    file,
    `worker_processes 1; daemon off; pid ${folder}/${name}.pid; error_log ${folder}/${name}.log;
events { worker_connections 4096; }
http { access_log off; client_body_temp_path ${folder}/${name}-body; proxy_temp_path ${folder}/${name}-proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  keepalive_requests 1000000; client_body_buffer_size 256k;
  upstream engine { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 1000000; }
  server { listen 127.0.0.1:${port}; ${extra}
    location /v1 { proxy_pass http://engine; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`,
  );
  const child = start(['nginx', '-p', folder, '-c', file]);
  for (let tries = 0; tries < 100; tries++) {
    const pids = childrenOf(child.pid);
    if (pids.length > 0) return { name, url: `http://127.0.0.1:${port}`, pids };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  missing.push(
    `${name}: nginx did not start: ${readFileSync(join(folder, `${name}.log`), 'utf8').slice(0, 200)}`,
  );
  return undefined;
}

function childrenOf(pid) {
  const list = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)]).stdout.toString();
  return list.split('\n').map(Number).filter(Boolean);
}

const AUTH = `location = /auth { internal; proxy_pass http://engine/authorize; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass_request_body off; proxy_set_header Content-Length ""; } auth_request /auth;`;

const NPM_PEERS = {
  'fastify-http-proxy': {
    packages: ['fastify', '@fastify/http-proxy'],
    code: (at, port) => `
const app = require(${JSON.stringify(at[0])})();
app.register(require(${JSON.stringify(at[1])}), { upstream: 'http://127.0.0.1:${port}' });
app.listen({ port: 0, host: '127.0.0.1' }).then((url) => console.log(url));`,
  },
  'http-proxy': {
    packages: ['http-proxy'],
    code: (at, port) => `
const http = require('node:http');
const proxy = require(${JSON.stringify(at[0])}).createProxyServer({ target: 'http://127.0.0.1:${port}', agent: new http.Agent({ keepAlive: true }) });
const server = http.createServer((request, response) => proxy.web(request, response));
server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port));`,
  },
};

async function startNpmPeer(name, upstreamPort) {
  const { packages, code } = NPM_PEERS[name];
  const require = createRequire(join(flags['peers-dir'], 'x.js'));
  let found;
  try {
    found = packages.map((it) => require.resolve(it));
  } catch {
    missing.push(
      `${name}: run "npm i ${packages.join(' ')}" in a folder and name it with --peers-dir`,
    );
    return undefined;
  }
  const file = join(folder, `${name}.cjs`);
  writeFileSync(file, code(found, upstreamPort));
  const child = start([process.execPath, file]);
  return { name, url: await firstLine(child), pids: [child.pid] };
}

function cpuSeconds(pids) {
  return pids
    .map((pid) =>
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' '),
    )
    .reduce((sum, fields) => sum + (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND, 0);
}

/** Largest resident set so far, over all processes of a peer. */
function peakMiB(pids) {
  const kib = pids.map((pid) =>
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]),
  );
  return kib.reduce((sum, it) => sum + it, 0) / 1_024;
}

function script(bytes) {
  const file = join(folder, `post-${bytes}.lua`);
  const text = 'lorem ipsum dolor sit amet '
    .repeat(Math.ceil(bytes / 27))
    .slice(0, Math.max(1, bytes - 70));
  const bodies = Array.from({ length: Number(flags.prompts) }, (_, at) =>
    JSON.stringify({ model: 'bench', messages: [{ role: 'user', content: `${at} ${text}` }] }),
  );
  writeFileSync(
    file,
    `wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
local bodies, at = { ${bodies.map((body) => `[==[${body}]==]`).join(', ')} }, 0
if #bodies == 1 then wrk.body = bodies[1] else
  request = function() at = at % #bodies + 1; return wrk.format(nil, nil, nil, bodies[at]) end
end
`,
  );
  return file;
}

function wrk(url, lua, { seconds, connections }) {
  const args = [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--latency',
    '-s',
    lua,
    `${url}/v1/chat/completions`,
  ];
  const [file, ...rest] = pinned(1, ['wrk', ...args]);
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  return new Promise((resolve) => child.once('close', () => resolve(readWrk(text))));
}

function readWrk(text) {
  const toUs = { us: 1, ms: 1_000, s: 1_000_000 };
  const [, p50, unit] = /50%\s+([\d.]+)(us|ms|s)/.exec(text) ?? [undefined, NaN, 'us'];
  return {
    requests: Number(/(\d+) requests in/.exec(text)?.[1]),
    failed: Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0),
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]),
    p50Us: Number(p50) * toUs[unit],
  };
}

async function slice(peer, bytes, load) {
  const before = cpuSeconds(peer.pids);
  const result = await wrk(peer.url, script(bytes), load);
  const cpu = cpuSeconds(peer.pids) - before;
  return { ...result, cpuUs: (cpu / result.requests) * 1e6 };
}

const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
};

async function measure(peers, bytes) {
  const load = { seconds: Number(flags.seconds), connections: Number(flags.connections) };
  const slices = new Map(peers.map(({ name }) => [name, []]));
  const single = new Map(peers.map(({ name }) => [name, []]));
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const peer of peers) slices.get(peer.name).push(await slice(peer, bytes, load));
    for (const peer of peers) {
      single.get(peer.name).push(await slice(peer, bytes, { seconds: 1, connections: 1 }));
    }
  }
  return peers.map(({ name, pids }) => ({
    name,
    peakMiB: peakMiB(pids),
    bytes,
    perSecond: median(slices.get(name).map((it) => it.perSecond)),
    cpuUs: median(slices.get(name).map((it) => it.cpuUs)),
    p50OneUs: median(single.get(name).map((it) => it.p50Us)),
    failed: slices.get(name).reduce((sum, it) => sum + it.failed, 0),
  }));
}

/** Targets as ratios: [what, value, must, aim]; `true` = at most, `false` = at least. */
function ratios(rows, bytes) {
  const of = (name) => rows.find((it) => it.name === name && it.bytes === bytes);
  const [full, off, nginx] = [of('gateway-full'), of('gateway-off'), of('nginx')];
  const [auth, fastify, direct] = [
    of('nginx-auth-request'),
    of('fastify-http-proxy'),
    of('direct'),
  ];
  const size = { 512: 0, 4096: 1, 32768: 2 }[bytes];
  if (size === undefined) return [];
  const added = (it) => it.p50OneUs - direct.p50OneUs;
  return [
    [
      'forwarder: undici ÷ own client',
      of('forwarder-undici').cpuUs / of('forwarder-pool').cpuUs,
      1.1,
      1.1,
      false,
    ],
    fastify && [
      'full: requests per CPU second ÷ fastify',
      fastify.cpuUs / full.cpuUs,
      [1.2, 1.4, 0.9][size],
      [1.5, 1.8, 1.3][size],
      false,
    ],
    nginx && [
      'full: CPU per request ÷ nginx',
      full.cpuUs / nginx.cpuUs,
      [5.5, 5.5, 6.5][size],
      3,
      true,
    ],
    nginx && [
      'strategy: CPU per request ÷ nginx',
      of('gateway-strategy').cpuUs / nginx.cpuUs,
      6,
      3,
      true,
    ],
    size === 1 &&
      auth && [
        'full: CPU per request ÷ nginx auth_request',
        full.cpuUs / auth.cpuUs,
        3.2,
        2.5,
        true,
      ],
    size === 1 &&
      nginx && ['off: CPU per request ÷ nginx', off.cpuUs / nginx.cpuUs, 3.2, 2.5, true],
    size === 1 &&
      nginx && [
        'full: added p50 ÷ nginx added p50, 1 connection',
        added(full) / added(nginx),
        3.2,
        2.4,
        true,
      ],
  ].filter(Boolean);
}

function print(rows, bytes) {
  console.log(
    `\n${bytes} B bodies, ${flags.connections} connections, median of ${flags.rounds} slices of ${flags.seconds} s`,
  );
  for (const row of rows.filter((it) => it.bytes === bytes)) {
    const failed = row.failed > 0 ? `  ${row.failed} NOT 2xx` : '';
    console.log(
      `  ${row.name.padEnd(20)} ${row.perSecond.toFixed(0).padStart(7)} req/s  ${row.cpuUs.toFixed(1).padStart(7)} µs CPU/request  p50 alone ${row.p50OneUs.toFixed(0).padStart(5)} µs  peak ${row.peakMiB.toFixed(0).padStart(4)} MiB${failed}`,
    );
  }
  for (const [what, value, must, aim, isAtMost] of ratios(rows, bytes)) {
    const meets = (bound) => (isAtMost ? value <= bound : value >= bound);
    const verdict = meets(aim) ? 'aim met' : meets(must) ? 'must met' : 'MISSED';
    console.log(
      `  ${what}: ${value.toFixed(2)} (${isAtMost ? '≤' : '≥'} ${must}, aim ${aim}) ${verdict}`,
    );
  }
}

const STEERED = new Set(['hit', 'overloaded', 'tie']);

/** Share of the requests that took the path the benchmark is about. */
async function steeredShare({ metricsUrl }) {
  const text = await (await fetch(metricsUrl)).text();
  let [steered, all] = [0, 0];
  for (const [, reason, count] of text.matchAll(
    /^kvcache_requests_total\{.*reason="([^"]+)".*\} (\d+)/gm,
  )) {
    all += Number(count);
    if (STEERED.has(reason)) steered += Number(count);
  }
  return steered / all;
}

/** A just-in-time compiler needs some tens of thousands of requests before its cost is typical. */
async function warmUp(peer) {
  const load = { seconds: 2, connections: Number(flags.connections) };
  const wanted = Number(flags.warmup);
  for (let sent = 0, tries = 0; sent < wanted && tries < 15; tries++) {
    sent += (await slice(peer, 4_096, load)).requests;
  }
}

async function main() {
  if (process.platform !== 'linux' || !has('wrk')) {
    console.error('This benchmark needs Linux and wrk (apt-get install wrk nginx-light).');
    return 3;
  }
  const upstream = start(
    [process.execPath, new URL('gateway-upstream.mjs', import.meta.url).pathname],
    { core: 1 },
  );
  const port = Number(await firstLine(upstream));
  const peers = [
    { name: 'direct', url: `http://127.0.0.1:${port}`, pids: [upstream.pid] },
    await startNginx('nginx', port, ''),
    await startNginx('nginx-auth-request', port, AUTH),
    await startGateway('gateway-off', port),
    await startGateway('gateway-full', port),
    await startGateway('gateway-strategy', port),
    ...(flags.before ? await startGatewaysBefore(port) : []),
    await startForwarder('pool', port),
    await startForwarder('undici', port),
    await startNpmPeer('fastify-http-proxy', port),
    await startNpmPeer('http-proxy', port),
  ].filter(Boolean);
  for (const peer of peers.slice(1)) await warmUp(peer);
  const rows = [];
  for (const bytes of flags.sizes.split(',').map(Number)) {
    rows.push(...(await measure(peers, bytes)));
    if (!flags.json) print(rows, bytes);
  }
  const share = await steeredShare(peers.find(({ name }) => name === 'gateway-full'));
  if (share < 0.99) missing.push(`gateway-full: only ${(100 * share).toFixed(1)} % were steered`);
  if (flags.json) console.log(JSON.stringify({ rows, missing, settings: flags }));
  for (const line of missing) console.error(`not measured: ${line}`);
  return 0;
}

try {
  process.exitCode = await main();
} finally {
  for (const child of children) child.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}

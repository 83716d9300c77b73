/**
 * What a mock costs and how well it keeps time. Run after `npm run build`:
 *
 *   node bench/mocks.mjs               all parts
 *   node bench/mocks.mjs throughput    one part: throughput, streams
 *   node bench/mocks.mjs --json        one JSON document on stdout
 *
 * 1. Requests per second of server CPU: the mock engine (`instant` profile, 2 KB prompts, full
 *    simulation) against a bare `node:http` handler that only parses and gives an answer of that size, and against
 *    the published mock @copilotkit/aimock, which is installed into a temporary directory; without a
 *    registry it is skipped and the result says why.
 *    Servers take turns, so that a busy machine hits all of them. Two mixes: prompts of which no two
 *    begin alike, and 64 prompts in turn.
 * 2. 100 live streams at 10 ms between tokens: achieved rate, and lateness against an idle timer
 *    that runs in another process at the same time. Lateness counts from when all streams have
 *    begun until the first is about to end: a hundred arrivals at once are no steady stream.
 */
import { execFileSync, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { request } from 'undici';
import { drive } from './raw-driver.mjs';

const MAIN = resolve(import.meta.dirname, '../dist/mocks/main.js');
const SCRATCH = mkdtempSync(join(tmpdir(), 'kvcache-bench-'));
const CONNECTIONS = 50;
const ROUND_MS = 1_000;
const ROUNDS = 9;
/** Requests per CPU-second, of a bare handler's. */
const RATIO_GOAL = 0.75;

/** Loaded into every server: answers IPC messages with its CPU time in milliseconds. */
const PROBE = `data:text/javascript,process.on('message',()=>{const{user,system}=process.cpuUsage();process.send({cpuMs:(user+system)/1000})})`;

const BARE = scratch(
  'bare.mjs',
  `import { createServer } from 'node:http';
const answer = { id: 'chatcmpl-0123456789abcdef', object: 'chat.completion', created: 1790000000, model: 'mock-model', choices: [{ index: 0, message: { role: 'assistant', content: 'A prefix that stays resident is read once and reused by every later turn.', refusal: null, annotations: null, audio: null, function_call: null, tool_calls: [], reasoning_content: null }, logprobs: null, finish_reason: 'stop', stop_reason: null, token_ids: null }], service_tier: null, system_fingerprint: null, usage: { prompt_tokens: 600, total_tokens: 616, completion_tokens: 16, prompt_tokens_details: { cached_tokens: 0 } }, prompt_logprobs: null, prompt_token_ids: null, kv_transfer_params: null, served_by: 'engine-a' };
const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString());
    const text = JSON.stringify({ ...answer, model: body.model });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    response.end(text);
  });
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ url: 'http://127.0.0.1:' + server.address().port })));`,
);

const AIMOCK_PACKAGE = '@copilotkit/aimock@1.43.0';
const AIMOCK = `import { LLMock } from '@copilotkit/aimock';
const mock = new LLMock({ port: 0, logLevel: 'silent' });
mock.onMessage(/./, { content: 'A prefix that stays resident is read once and reused by every later turn.' });
console.log(JSON.stringify({ url: await mock.start() }));`;

const IDLE_TIMER = scratch(
  'idle-timer.mjs',
  `const late = [];
let due = performance.now() + 10;
const tick = () => { const now = performance.now(); late.push(now - due); due += 10; while (due <= now) due += 10; setTimeout(tick, due - performance.now()); };
setTimeout(tick, 10);
process.on('message', () => { late.sort((a, b) => a - b); process.send({ p50: late[Math.floor(late.length / 2)], p99: late[Math.floor(late.length * 0.99)] }); late.length = 0; });
console.log('{}');`,
);

function scratch(name, text) {
  const file = join(SCRATCH, name);
  writeFileSync(file, text);
  return file;
}

async function start(file, args = []) {
  const child = fork(file, args, {
    silent: true,
    execArgv: file === IDLE_TIMER ? [] : ['--import', PROBE],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const line = await new Promise((done, fail) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) done(text.slice(0, text.indexOf('\n')));
    });
    child.on('exit', () => fail(new Error(stderr)));
  });
  const ask = () =>
    new Promise((done) => {
      child.once('message', done);
      child.send('report');
    });
  return { ...JSON.parse(line), ask, stop: () => child.kill('SIGKILL') };
}

const SERIAL_DIGITS = 10;

/** Whole requests with prompts of about 2 KB, each with room for a serial number in its first words. */
const templates = Array.from({ length: 512 }, (_, index) => {
  const text = `Prompt ${'0'.repeat(SERIAL_DIGITS)} says: `.padEnd(
    2_000,
    `the ${index} quick brown foxes jump over it. `,
  );
  const messages = [{ role: 'user', content: text }];
  const body = JSON.stringify({ model: 'mock-model', max_tokens: 16, messages });
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  return Buffer.from(head + body);
});
const serialAt = templates.map((template) => template.indexOf('0'.repeat(SERIAL_DIGITS)));

let serial = 0;

/** What is sent, and to what end. */
const MIXES = {
  /** No prompt comes twice and none begins as another: every block is computed, stored and evicts another. */
  distinct: () => {
    const index = serial % templates.length;
    const request = Buffer.from(templates[index]);
    request.latin1Write(String(serial++).padStart(SERIAL_DIGITS, '0'), serialAt[index]);
    return request;
  },
  /** 64 prompts in turn: all but their last block is found. */
  repeated: () => templates[serial++ % 64],
};

async function throughput() {
  const engine = ['engine', '--addr', '127.0.0.1:0'];
  const servers = { bare: await start(BARE), 'mock engine': await start(MAIN, engine) };
  const peer = aimock();
  if (peer.file) servers[AIMOCK_PACKAGE] = await start(peer.file);
  const result = {};
  for (const [mix, nextRequest] of Object.entries(MIXES)) {
    result[mix] = await compare(servers, nextRequest);
  }
  for (const server of Object.values(servers)) server.stop();
  return {
    ...result,
    ...(peer.skipped && { skipped: { [AIMOCK_PACKAGE]: peer.skipped } }),
  };
}

/** Requests per second of each server's CPU time; all its threads count. */
async function compare(servers, nextRequest) {
  const rates = Object.fromEntries(Object.keys(servers).map((name) => [name, []]));
  const load = (durationMs) => ({ connections: CONNECTIONS, durationMs, nextRequest });
  for (const { url } of Object.values(servers)) await drive(url, load(1_500));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, server] of Object.entries(servers)) {
      const before = (await server.ask()).cpuMs;
      const count = await drive(server.url, load(ROUND_MS));
      rates[name].push(count / (((await server.ask()).cpuMs - before) / 1_000));
    }
  }
  const ratios = rates['mock engine'].map((rate, round) => rate / rates.bare[round]);
  return {
    requestsPerCpuSecond: Object.fromEntries(
      Object.entries(rates).map(([name, values]) => [name, Math.round(median(values))]),
    ),
    ratioToBare: median(ratios),
    isGoalMet: median(ratios) >= RATIO_GOAL,
  };
}

/** Installs the peer beside nothing of ours; `{ file }`, or `{ skipped: why }`. */
function aimock() {
  const directory = join(SCRATCH, 'aimock');
  mkdirSync(directory);
  const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', directory];
  try {
    execFileSync('npm', ['install', ...flags, AIMOCK_PACKAGE], { timeout: 60_000, stdio: 'pipe' });
  } catch (error) {
    return {
      skipped: String(error.stderr || error.message)
        .trim()
        .split('\n')
        .at(-1),
    };
  }
  const file = join(directory, 'server.mjs');
  writeFileSync(file, AIMOCK);
  return { file };
}

const FLEET = scratch(
  'fleet.json',
  JSON.stringify({
    controller: null,
    profiles: {
      paced: {
        base: 'instant',
        timing: { stepMs: 10 },
        jitter: { ttftCv: 0, itlCv: 0 },
      },
    },
    engines: [{ profile: 'paced', port: 0 }],
  }),
);

async function streams(count = 100, tokens = 600) {
  const up = await start(MAIN, ['up', '--fleet', FLEET]);
  const idle = await start(IDLE_TIMER);
  const { url, adminUrl } = up.engines[0];
  let begun = 0;
  let [isMeasured, measured] = [false, () => {}];
  const steady = new Promise((done) => (measured = done));
  const onChunks = async (chunks) => {
    if (chunks === 1 && ++begun === count) {
      const body = JSON.stringify({ scope: 'timers' });
      await Promise.all([idle.ask(), request(`${adminUrl}/reset`, { method: 'POST', body })]);
    }
    if (chunks < tokens - 20 || isMeasured) return;
    isMeasured = true;
    const state = request(`${adminUrl}/state`).then(({ body }) => body.json());
    measured(await Promise.all([state, idle.ask()]));
  };
  const arrivals = await Promise.all(
    Array.from({ length: count }, (_, index) => read(url, { index, tokens, onChunks })),
  );
  const [state, idleLateness] = await steady;
  const { cpuMs } = await up.ask();
  up.stop();
  idle.stop();
  // No stream runs ahead of its schedule: a share above 1 only says that its first chunk was read late.
  const shares = arrivals.map(({ firstMs, lastMs, chunks }) =>
    Math.min(1, ((chunks - 1) * 10) / (lastMs - firstMs)),
  );
  return {
    streams: count,
    tokensPerSecond: Math.round(sum(arrivals.map((it) => it.chunks)) / (spanOf(arrivals) / 1_000)),
    achievedShare: median(shares),
    engineLatenessMs: { p50: state.timers.p50Ms, p99: state.timers.p99Ms },
    idleTimerLatenessMs: idleLateness,
    serverCpuMs: Math.round(cpuMs),
    isTrustworthy: state.timers.isTrustworthy,
    isGoalMet: median(shares) >= 0.98 && state.timers.p99Ms <= 2 * idleLateness.p99,
  };
}

const CHUNK = Buffer.from('"delta":{"content"');
const END = Buffer.from('[DONE]');
/** Where all streams are read into, one read at a time. */
const READ_BUFFER = Buffer.alloc(64 * 1024);

/** Reads one stream from a bare socket: whoever does more takes the time from the mock on a small machine. */
function read(url, { index, tokens, onChunks }) {
  const { hostname, port } = new URL(url);
  const body = JSON.stringify({
    stream: true,
    max_tokens: tokens,
    ignore_eos: true,
    messages: [{ role: 'user', content: `stream ${index}` }],
  });
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  return new Promise((done, fail) => {
    let [firstMs, lastMs, chunks] = [0, 0, 0];
    const onBytes = (bytes) => {
      const now = performance.now();
      for (let at = bytes.indexOf(CHUNK); at >= 0; at = bytes.indexOf(CHUNK, at + 1)) {
        if (chunks++ === 0) firstMs = now;
        lastMs = now;
        void onChunks(chunks);
      }
      if (bytes.includes(END)) socket.destroy();
    };
    const callback = (length, buffer) => onBytes(buffer.subarray(0, length));
    const socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: { buffer: READ_BUFFER, callback },
    });
    socket.on('connect', () => socket.write(head + body));
    socket.on('error', fail);
    socket.on('close', () => done({ firstMs, lastMs, chunks }));
  });
}

function spanOf(arrivals) {
  return (
    Math.max(...arrivals.map((it) => it.lastMs)) - Math.min(...arrivals.map((it) => it.firstMs))
  );
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

const PARTS = { throughput, streams };
const asked = process.argv.slice(2).filter((argument) => argument in PARTS);
const result = {};
for (const part of asked.length > 0 ? asked : Object.keys(PARTS))
  result[part] = await PARTS[part]();
if (process.argv.includes('--json')) console.log(JSON.stringify(result));
else console.dir(result, { depth: null });
rmSync(SCRATCH, { recursive: true, force: true });
process.exit(0);

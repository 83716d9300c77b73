// What the live view costs the load generator: CPU per request with and without it, in short slices
// that take turns in one process while the view stays up. A busy machine's noise is far larger than the
// view's cost, so the view is made to cost AMPLIFY times as much: so many times as many frames, and every
// sample and event handed to it so many times. The difference is divided by it again.
//   npm run bench:live-view
//   PAIRS=120 PAIRS_FILE=pairs.json npm run bench:live-view   adds to the pairs of earlier runs
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { systemClock } from '../dist/src/base/clock.js';
import { runPhase } from '../dist/src/load/run-load.js';
import { createLoadClient } from '../dist/src/net/load-client.js';
import { percentileInterval } from '../dist/src/stats/rank-interval.js';
import { startProgress } from '../dist/src/ui/progress.js';

// As the program itself does before it loads the view.
process.env.NODE_ENV ??= 'production';

const PAIRS = Number(process.env.PAIRS ?? 100);
const AMPLIFY = Number(process.env.AMPLIFY ?? 8);
const SLICE_MS = 500;
const BODY = Buffer.from(
  JSON.stringify({ model: 'bench', messages: [{ role: 'user', content: 'word '.repeat(40) }] }),
);

const script = new URL('load-server.mjs', import.meta.url).pathname;
const server = spawn(process.execPath, [script, 'canned'], {
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
});
const [chunk] = await once(server.stdout, 'data');
const url = String(chunk).trim();

const sink = openSync('/dev/null', 'w');
const terminal = {
  isTTY: true,
  columns: 120,
  rows: 40,
  write: (text) => writeSync(sink, text),
};

/** The view's clock: AMPLIFY times as fast, and still while the view must cost nothing. */
const held = [];
let isHeld = false;
const frames = { count: 0, ms: 0 };
function frame(run) {
  const startMs = performance.now();
  run();
  frames.count++;
  frames.ms += performance.now() - startMs;
}
const viewClock = {
  ...systemClock,
  at: (atMs, run) => {
    const nowMs = systemClock.nowMs();
    return systemClock.at(nowMs + (atMs - nowMs) / AMPLIFY, () =>
      isHeld ? held.push(run) : frame(run),
    );
  },
};
function hold(value) {
  isHeld = value;
  if (!value) for (const run of held.splice(0)) frame(run);
}
const repeat = (tell) => (value) => {
  for (let time = 0; time < AMPLIFY; time++) tell(value);
};

const progress = await startProgress(
  { stderr: terminal, env: {}, clock: viewClock, signal: new AbortController().signal },
  {
    title: 'load',
    phases: ['measure'],
    isQuiet: false,
    isMachine: false,
    paint: (_colour, text) => text,
    describe: () => [],
  },
);
const client = createLoadClient({ url, connections: 32, connectTimeoutMs: 2_000 });
const request = { body: BODY, group: '' };

const onSample = repeat((sample) => progress.onSample(sample));
const onEvent = repeat((event) => progress.onEvent(event));

async function slice(isLive) {
  hold(!isLive);
  const before = process.cpuUsage();
  const outcome = await runPhase(
    {
      labels: { phase: 'measure', arm: '', block: 0 },
      load: { kind: 'closed', concurrency: 32 },
      durationMs: SLICE_MS,
      timeoutMs: 5_000,
      maxErrorRate: 1,
    },
    {
      client,
      source: () => request,
      clock: systemClock,
      originMs: systemClock.nowMs(),
      record: isLive ? onSample : () => {},
      onEvent: isLive ? onEvent : () => {},
    },
  );
  const { user, system } = process.cpuUsage(before);
  return {
    cpuUs: (user + system) / outcome.finished,
    perSecond: (1_000 * outcome.finished) / SLICE_MS,
  };
}

const file = process.env.PAIRS_FILE;
const pairs = file && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
// Nothing is compiled yet, on either side.
for (let round = 0; round < 8; round++) await slice(round % 2 === 0);
Object.assign(frames, { count: 0, ms: 0 });
for (let round = 0; round < PAIRS; round++) {
  const seen = {};
  for (const isLive of Math.random() < 0.5 ? [true, false] : [false, true]) {
    seen[isLive] = await slice(isLive);
  }
  pairs.push({
    cpuUs: seen[true].cpuUs / seen[false].cpuUs,
    perSecond: seen[true].perSecond / seen[false].perSecond,
  });
}
progress.stop();
await client.close();
server.disconnect();
if (file) writeFileSync(file, JSON.stringify(pairs));

function told(key) {
  const sorted = Float64Array.from(pairs, (pair) => pair[key]).sort();
  const { low, high } = percentileInterval(sorted, 50);
  const show = (ratio) => `${(((ratio - 1) * 100) / AMPLIFY).toFixed(2)} %`;
  return `${show(sorted[sorted.length >> 1])} (95 % ${show(low)} to ${show(high)})`;
}
const liveSeconds = (PAIRS * SLICE_MS) / 1_000;
process.stdout.write(
  `the live view, medians of ${pairs.length} pairs of ${SLICE_MS} ms slices, amplified ${AMPLIFY} times:\n` +
    `  CPU per request ${told('cpuUs')}\n  requests per second ${told('perSecond')}\n` +
    `  ${(frames.count / liveSeconds / AMPLIFY).toFixed(1)} frames/s of ${(frames.ms / frames.count).toFixed(2)} ms\n`,
);

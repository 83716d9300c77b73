// What the live view costs the load generator: CPU per request with and without it, interleaved.
//   npm run bench:live-view
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, writeSync } from 'node:fs';
import { systemClock } from '../dist/src/base/clock.js';
import { runPhase } from '../dist/src/load/run-load.js';
import { createLoadClient } from '../dist/src/net/load-client.js';
import { startProgress } from '../dist/src/ui/progress.js';

// As the program itself does before it loads the view.
process.env.NODE_ENV ??= 'production';

const ROUNDS = Number(process.env.ROUNDS ?? 12);
const SLICE_MS = 3_000;
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

async function slice(isLive) {
  const progress = await startProgress(
    { stderr: terminal, env: {}, clock: systemClock, signal: new AbortController().signal },
    {
      title: 'load',
      phases: ['measure'],
      isQuiet: !isLive,
      isMachine: false,
      paint: (_colour, text) => text,
      describe: () => [],
    },
  );
  const client = createLoadClient({ url, connections: 32, connectTimeoutMs: 2_000 });
  const request = { body: BODY, group: '' };
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
      record: (sample) => progress.onSample(sample),
      onEvent: (event) => progress.onEvent(event),
    },
  );
  const { user, system } = process.cpuUsage(before);
  progress.stop();
  await client.close();
  return {
    cpuUs: (user + system) / outcome.finished,
    perSecond: outcome.finished / (SLICE_MS / 1_000),
  };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
await slice(true);
await slice(false);
const ratios = { cpuUs: [], perSecond: [] };
for (let round = 0; round < ROUNDS; round++) {
  const order = round % 2 === 0 ? [true, false] : [false, true];
  const seen = {};
  for (const isLive of order) seen[isLive] = await slice(isLive);
  for (const key of Object.keys(ratios)) ratios[key].push(seen[true][key] / seen[false][key]);
  process.stdout.write(
    `${round + 1}: ${seen[true].cpuUs.toFixed(1)} against ${seen[false].cpuUs.toFixed(1)} µs CPU per request\n`,
  );
}
process.stdout.write(
  `with the live view: ${((median(ratios.cpuUs) - 1) * 100).toFixed(1)} % more CPU per request, ` +
    `${((1 - median(ratios.perSecond)) * 100).toFixed(1)} % less throughput (medians of ${ROUNDS} pairs)\n`,
);
server.disconnect();

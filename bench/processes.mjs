// `npm run bench:processes [-- --seconds 6 --rounds 5]`: a closed loop by one and by two processes in turn, to a
// server that only writes. With fewer free cores than the processes and the server need they take from each
// other: what tells then is the CPU time that the generators spend on a request.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '5' },
  },
});
const CONCURRENCY = 16;

async function startServer() {
  const script = join(import.meta.dirname, 'load-server.mjs');
  const child = spawn(process.execPath, [script, 'canned'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return { child, url: String(line).trim() };
}

/** What the processes of one run came to: requests per second, and the CPU time each spent on a request. */
async function measure(url, processes) {
  const folder = mkdtempSync(join(tmpdir(), 'kvcache-processes-'));
  const words = `load --url ${url} --model m --workload fixed --no-stream --warmup 64 --quiet`;
  const own = `--concurrency ${CONCURRENCY * processes} --duration ${flags.seconds}s --processes ${processes} --out ${folder}`;
  const bin = join(import.meta.dirname, '../bin/kvcache.js');
  const child = spawn(process.execPath, [bin, ...`${words} ${own}`.split(' ')], {
    stdio: 'ignore',
  });
  await once(child, 'exit');
  const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
  const cores = readdirSync(folder)
    .filter((name) => name.endsWith('.ndjson'))
    .map((name) => coresOf(join(folder, name)));
  rmSync(folder, { recursive: true });
  const perSecond = report.result.goodputPerSecond;
  const used = cores.reduce((sum, it) => sum + it, 0);
  return { perSecond, cpuMsPerRequest: (1_000 * used) / perSecond };
}

/** As the shard says in its last line. */
function coresOf(path) {
  const end = JSON.parse(readFileSync(path, 'utf8').trimEnd().split('\n').at(-1));
  return end.audit.find(({ id }) => id === 'client-cpu').value;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const server = await startServer();
const rows = [];
for (let round = 0; round < Number(flags.rounds); round++) {
  const [one, two] = [await measure(server.url, 1), await measure(server.url, 2)];
  rows.push({
    ratio: two.perSecond / one.perSecond,
    cost: two.cpuMsPerRequest / one.cpuMsPerRequest,
  });
  console.log(
    `one ${one.perSecond.toFixed(0)}/s (${one.cpuMsPerRequest.toFixed(3)} ms CPU each), two ${two.perSecond.toFixed(0)}/s (${two.cpuMsPerRequest.toFixed(3)} ms): × ${rows.at(-1).ratio.toFixed(2)}`,
  );
}
server.child.kill();
console.log(
  `median × ${median(rows.map((it) => it.ratio)).toFixed(2)} in requests/s, × ${median(rows.map((it) => it.cost)).toFixed(2)} in CPU per request; ${availableParallelism()} cores, load average ${loadavg()[0].toFixed(1)}`,
);

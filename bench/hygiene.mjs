// Runs `kvcache run mock --ports auto` many times, two at once, then kills as many at random moments, and
// counts what is left behind. Linux only: leftovers are found by a mark in their environment.
// `npm run test:hygiene [-- RUNS KILLS SEED]`; exits 1 when anything is left or a run does not pass.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createRandom } from '../dist/src/base/random.js';

const [runCount = 50, killCount = 20, seed = 1] = process.argv.slice(2).map(Number);
const bin = resolve(import.meta.dirname, '../bin/kvcache.js');
const temp = mkdtempSync(join(tmpdir(), 'kvcache-hygiene-'));
const mark = `KVCACHE_HYGIENE=${process.pid}`;
const random = createRandom(seed);

function start() {
  const [name, value] = mark.split('=');
  const child = spawn(process.execPath, [bin, 'run', 'mock', '--ports', 'auto', '-q'], {
    env: { ...process.env, TMPDIR: temp, [name]: value },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const ended = new Promise((done) =>
    child.on('close', (code, signal) => done({ code, signal, output })),
  );
  return { child, ended };
}

/** Pids that carry our mark and are not merely waiting to be collected. */
function leftovers() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        if (/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return false;
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
      } catch {
        return false;
      }
    });
}

async function worker(queue, job) {
  while (queue.length > 0) await job(queue.pop());
}

async function twoAtATime(count, job) {
  const queue = Array.from({ length: count }, (_, index) => index);
  await Promise.all([worker(queue, job), worker(queue, job)]);
}

let passes = 0;
const durationsMs = [];
await twoAtATime(runCount, async (index) => {
  const startMs = performance.now();
  const { code, output } = await start().ended;
  durationsMs.push(performance.now() - startMs);
  if (code === 0) passes++;
  else console.log(`run ${index}: exit ${code}\n${output}`);
});
const leftAfterRuns = leftovers();
const dirsAfterRuns = readdirSync(temp);
const typicalMs = durationsMs.toSorted((a, b) => a - b)[Math.floor(runCount / 2)] ?? 1_000;
console.log(`${runCount} runs, 2 at a time: ${passes} pass, median ${Math.round(typicalMs)} ms`);
console.log(`left: ${leftAfterRuns.length} processes, ${dirsAfterRuns.length} work directories`);

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGKILL'];
let leftAfterKills = 0;
for (let index = 0; index < killCount; index++) {
  const signal = SIGNALS[index % SIGNALS.length];
  const { child, ended } = start();
  await wait(random.next() * typicalMs);
  child.kill(signal);
  const killedMs = performance.now();
  await ended;
  let left = leftovers();
  while (left.length > 0 && performance.now() - killedMs < 2_000) {
    await wait(20);
    left = leftovers();
  }
  if (left.length > 0)
    console.log(`kill ${index} with ${signal}: left ${left.join(' ')} after 2 s`);
  leftAfterKills += left.length;
}
console.log(
  `${killCount} kills at random moments (seed ${seed}): ${leftAfterKills} processes left after 2 s`,
);

const isClean = leftAfterRuns.length + dirsAfterRuns.length + leftAfterKills === 0;
process.exitCode = passes === runCount && isClean ? 0 : 1;

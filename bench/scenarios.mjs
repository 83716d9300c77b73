/**
 * Runs every shipped scenario again and again and counts how it came out; all but a pass counts
 * against it, since a scenario that is right only mostly proves nothing. Run after `npm run build`:
 *
 *   node bench/scenarios.mjs              20 runs of each
 *   node bench/scenarios.mjs 5 hot-spot   5 runs of one
 *
 * Exit code 1 when any run was not a pass. The work directory of each such run is kept and named.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const RUN_TIMEOUT_MS = 120_000;

const asked = process.argv.slice(2);
const runs = Number(asked.find((argument) => /^\d+$/.test(argument)) ?? 20);
const named = asked.filter((argument) => !/^\d+$/.test(argument));
const shipped = readdirSync(resolve(ROOT, 'fixtures/scenarios')).map((file) =>
  basename(file, '.yaml'),
);
const scenarios = named.length > 0 ? named : ['mock', ...shipped];

function runOnce(name) {
  const ports = name === 'mock' ? ['--ports', 'auto'] : [];
  const args = [resolve(ROOT, 'bin/kvcache.js'), 'run', name, '--json', ...ports];
  const started = performance.now();
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: RUN_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = (performance.now() - started) / 1_000;
  try {
    return { seconds, status, ...JSON.parse(stdout) };
  } catch {
    return { seconds, status, outcome: 'no report', checks: [], workDir: null };
  }
}

let isClean = true;
for (const name of scenarios) {
  const counts = {};
  let seconds = 0;
  for (let run = 1; run <= runs; run++) {
    const { outcome, checks, workDir, status, seconds: took } = runOnce(name);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    seconds += took;
    if (outcome === 'pass' && status === 0) continue;
    isClean = false;
    console.log(`${name}, run ${run}: ${outcome}, exit code ${status}, kept in ${workDir}`);
    for (const check of checks.filter((it) => it.outcome !== 'pass')) {
      console.log(`  ${check.outcome} ${check.id}: ${check.actual}; expected ${check.expected}`);
    }
  }
  const tally = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`);
  console.log(`${name}: ${tally.join(', ')} (${(seconds / runs).toFixed(1)} s each)`);
}
process.exitCode = isClean ? 0 : 1;

// CPU time of `kvcache --help` against an empty Node program, in pairs taken in turn; and whether
// anything heavy was loaded for it. `npm run bench:startup [-- PAIRS]`; exits 1 above 1.6×.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const BUDGET_RATIO = 1.6;
const pairCount = Number(process.argv[2] ?? 11);
const bin = resolve(import.meta.dirname, '../bin/kvcache.js');
const folder = mkdtempSync(join(tmpdir(), 'kvcache-bench-'));
const empty = join(folder, 'empty.mjs');
writeFileSync(empty, '');

/** User + system seconds of one run, as the shell measures its child. */
function cpuSeconds(...args) {
  const script = 'TIMEFORMAT="%3U %3S"; { time "$0" "$@" >/dev/null 2>&1; } 2>&1';
  const times = execFileSync('bash', ['-c', script, process.execPath, ...args], {
    encoding: 'utf8',
  });
  const [user, system] = times.trim().split(' ').map(Number);
  return user + system;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

const pairs = Array.from({ length: pairCount }, () => ({
  empty: cpuSeconds(empty),
  help: cpuSeconds(bin, '--help'),
}));
const ratio = median(pairs.map((pair) => pair.help / pair.empty));
const ms = (name) => Math.round(median(pairs.map((pair) => pair[name])) * 1000);
console.log(`empty program      ${ms('empty')} ms CPU (median of ${pairCount})`);
console.log(`kvcache --help     ${ms('help')} ms CPU`);
console.log(`ratio              ${ratio.toFixed(2)} (median of pairs, budget ${BUDGET_RATIO})`);

const hook = join(folder, 'hook.mjs');
writeFileSync(
  hook,
  `export async function resolve(specifier, context, next) {
     const found = await next(specifier, context);
     process._rawDebug('loaded ' + found.url);
     return found;
   }`,
);
const register = `data:text/javascript,import{register}from'node:module';register(${JSON.stringify(`file://${hook}`)})`;
const loaded = execFileSync(
  'bash',
  ['-c', '"$0" "$@" 2>&1 >/dev/null', process.execPath, '--import', register, bin, '--help'],
  { encoding: 'utf8' },
);
const heavy = ['ink', 'react', 'undici', 'yaml', 'hdr-histogram-js', 'simple-statistics'].filter(
  (name) => loaded.includes(`/node_modules/${name}/`),
);
console.log(`heavy packages     ${heavy.join(', ') || 'none loaded'}`);
process.exitCode = ratio <= BUDGET_RATIO && heavy.length === 0 ? 0 : 1;

// node run.mjs KVCACHE_JS: one command in a GitHub job, its document to a file, its checks to the job summary.
import { spawnSync } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';

const { env } = process;
const MARKS = { pass: '✅', fail: '❌', inconclusive: '❔', invalid: '⚠️', error: '❌' };
const DOCUMENT_BYTES_MAX = 256 * 1024 * 1024;

const lines = (env.KVCACHE_ARGS ?? '').split('\n').map((line) => line.trim());
const args = [env.KVCACHE_COMMAND ?? 'run', ...lines.filter(Boolean), '--json'];
const { status, stdout, error } = spawnSync(process.execPath, [process.argv[2], ...args], {
  stdio: ['ignore', 'pipe', 'inherit'],
  maxBuffer: DOCUMENT_BYTES_MAX,
});
if (error) throw error;
const text = stdout.toString().trimEnd().split('\n').at(-1) ?? '';
writeFileSync(env.KVCACHE_REPORT || 'kvcache.json', `${text}\n`);
// A usage error of an unknown kind leaves no document; the exit code still says what it was.
const { outcome = 'error', checks = [], error: failure } = text === '' ? {} : JSON.parse(text);

if (env.GITHUB_STEP_SUMMARY) appendFileSync(env.GITHUB_STEP_SUMMARY, summary());
if (env.GITHUB_OUTPUT) {
  appendFileSync(env.GITHUB_OUTPUT, `exit-code=${status}\noutcome=${outcome}\n`);
}
const isUndecided = status === 4 || status === 5;
if (isUndecided && env.KVCACHE_UNDECIDED === 'warn') {
  process.stdout.write(`::warning title=kvcache::${outcome}: nothing is proved either way\n`);
  process.exit(0);
}
process.exit(status ?? 70);

/** What a reviewer reads first: the verdict, then what does not hold, then the rest. */
function summary() {
  const holding = checks.filter((check) => check.outcome === 'pass').length;
  const sorted = checks.toSorted((a, b) => (a.outcome === 'pass') - (b.outcome === 'pass'));
  const rows = sorted.map(({ outcome: own, claim, actual, remedy }) =>
    [`${MARKS[own]} ${own}`, claim, actual, remedy].map(cell).join(' | '),
  );
  return [
    `### ${MARKS[outcome]} kvcache ${args[0]}: ${outcome}, ${holding} of ${checks.length} checks hold`,
    '',
    ...(failure ? [`**${failure.message}** ${failure.remedy}`, ''] : []),
    ...(rows.length > 0 ? ['| | check | seen | what to do |', '| --- | --- | --- | --- |'] : []),
    ...rows.map((row) => `| ${row} |`),
    '',
    '',
  ].join('\n');
}

function cell(value) {
  return String(value ?? '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;');
}

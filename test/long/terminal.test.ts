import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { createRandom } from '../../src/base/random.ts';
import { listen } from '../../src/net/listen.ts';
import { ROOT } from '../helpers/exec.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 50);
const SEED = Number(process.env['SEED'] ?? 1);
/** `script` of util-linux gives the program a terminal of its own. */
const hasScript = spawnSync('script', ['--version']).stdout?.toString().includes('util-linux');

const folder = mkdtempSync(join(tmpdir(), 'kvcache-terminal-'));
const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        served_by: 'engine-a',
        choices: [{ message: { role: 'assistant', content: 'hello' } }],
        usage: { prompt_tokens: 64, completion_tokens: 1 },
      }),
    );
  });
});
let url = '';

beforeAll(async () => {
  ({ url } = await listen(server, { host: '127.0.0.1', port: 0 }, 'engine'));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

interface Ended {
  /** Everything the terminal was sent. */
  screen: string;
  sttyBefore: string;
  sttyAfter: string;
  exitCode: number;
}

const read = (file: string): string => readFileSync(file, 'utf8').trim();

/** Runs `kvcache load` on a terminal, ends it `delayMs` after its first request, returns what is left. */
async function killed(round: number, signal: NodeJS.Signals, delayMs: number): Promise<Ended> {
  const file = (name: string): string => join(folder, `${round}.${name}`);
  const args = `--model m --no-stream --rate 200 --duration 60s --warmup 0 --samples ${file('ndjson')}`;
  const inner = file('sh');
  writeFileSync(
    inner,
    `stty cols 100 rows 30
stty -g > ${file('before')}
${process.execPath} ${join(ROOT, 'bin/kvcache.js')} load --url ${url} ${args} &
echo $! > ${file('pid')}
wait $!
echo $? > ${file('code')}
stty -g > ${file('after')}
`,
  );
  const terminal = spawn('script', ['-qec', `sh ${inner}`, file('screen')], {
    // A shell without job control starts background jobs deaf to SIGINT; ours listens all the same.
    env: { PATH: process.env['PATH'], TERM: 'xterm-256color', HOME: process.env['HOME'] },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = new Promise((resolve) => terminal.on('close', resolve));
  const isUnderWay = (): true | undefined =>
    existsSync(file('ndjson')) && read(file('ndjson')).split('\n').length > 2 ? true : undefined;
  const options = { clock: systemClock, deadlineMs: 30_000, intervalMs: 20 };
  expect(await pollUntil(() => Promise.resolve(isUnderWay()), options)).toBe(true);
  const startMs = systemClock.nowMs();
  await pollUntil(
    () => Promise.resolve(systemClock.nowMs() - startMs >= delayMs ? true : undefined),
    { ...options, intervalMs: 5 },
  );
  process.kill(Number(read(file('pid'))), signal);
  await ended;
  return {
    screen: readFileSync(file('screen'), 'utf8'),
    sttyBefore: read(file('before')),
    sttyAfter: read(file('after')),
    exitCode: Number(read(file('code'))),
  };
}

const CODES: Record<string, number> = { SIGINT: 130, SIGTERM: 143, SIGKILL: 137 };
const SHOW_CURSOR = '\u001b[?25h';
const HIDE_CURSOR = '\u001b[?25l';

describe.skipIf(!hasScript)('a run killed at a random moment', () => {
  const random = createRandom(SEED);
  const rounds = Array.from({ length: ROUNDS }, (_, round) => ({
    round,
    signal: (['SIGINT', 'SIGTERM', 'SIGKILL'] as const)[round % 3]!,
    delayMs: Math.round(random.next() * 1_500),
  }));

  it.each(rounds)('$round: $signal after $delayMs ms', async ({ round, signal, delayMs }) => {
    const { screen, sttyBefore, sttyAfter, exitCode } = await killed(round, signal, delayMs);
    expect(exitCode).toBe(CODES[signal]);
    expect(sttyAfter).toBe(sttyBefore);
    expect(screen).toContain('kvcache load');
    expect(screen.lastIndexOf(HIDE_CURSOR)).toBeLessThanOrEqual(screen.lastIndexOf(SHOW_CURSOR));
    if (signal !== 'SIGKILL') expect(screen).toMatch(/partial/i);
    const samples = read(join(folder, `${round}.ndjson`)).split('\n');
    expect(samples.length).toBeGreaterThan(2);
  });
});

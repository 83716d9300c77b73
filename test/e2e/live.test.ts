import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen } from '../../src/net/listen.ts';
import { finished, ROOT } from '../helpers/exec.ts';

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
});

const load = (more: string): string =>
  `${process.execPath} ${join(ROOT, 'bin/kvcache.js')} load --url ${url} --model m --no-stream --warmup 0 --rate 50 --duration 2s ${more}`;

/** Runs a line of shell on a terminal of its own when `isTerminal`. */
function shell(line: string, isTerminal: boolean, env: Record<string, string> = {}) {
  const [file, args]: [string, string[]] = isTerminal
    ? ['script', ['-qec', line, '/dev/null']]
    : ['bash', ['-c', line]];
  const child = spawn(file, args, {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TERM: 'xterm-256color', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return finished(child);
}

const hasScript = spawnSync('script', ['--version']).stdout?.toString().includes('util-linux');
/** On a machine busy with other things the generator may find itself unsound. */
const VERDICT = /PASS|INVALID/;
const ESCAPE = '\u001b';

describe.skipIf(!hasScript)('on a terminal', () => {
  it('draws while it runs, and leaves the summary', async () => {
    const { stdout } = await shell(`stty cols 80; ${load('')}`, true);
    expect(stdout).toContain('kvcache load');
    expect(stdout).toMatch(/served by .*engine-a █+ 100 %/);
    const afterLastFrame = stdout.slice(stdout.lastIndexOf(`${ESCAPE}[2K`));
    expect(afterLastFrame).toMatch(VERDICT);
    expect(afterLastFrame).not.toContain('█');
    expect(stdout).not.toContain(`${ESCAPE}[2J`);
    expect(stdout).not.toContain(`${ESCAPE}[?25l`);
  });

  it('draws without a colour when asked for none', async () => {
    const { stdout } = await shell(load(''), true, { NO_COLOR: '1' });
    expect(stdout).toContain('kvcache load');
    // Only movements of the cursor are left: no CSI … m.
    expect(stdout.split(ESCAPE).filter((part) => /^\[[\d;]*m/.test(part))).toEqual([]);
  });

  it('prints lines in CI', async () => {
    const { stdout } = await shell(load('--no-color'), true, { CI: 'true' });
    expect(stdout).not.toContain(ESCAPE);
    expect(stdout).toMatch(VERDICT);
  });
});

describe('without a terminal', () => {
  it('sends no escape sequences, and its summary to stdout only', async () => {
    const { stdout, stderr } = await shell(load(''), false);
    expect(stdout + stderr).not.toContain(ESCAPE);
    expect(stdout).toMatch(VERDICT);
    expect(stderr).not.toMatch(VERDICT);
  });

  it('ends quietly when its reader leaves', async () => {
    const { stdout, stderr } = await shell(`${load('--quiet')} | head -1`, false);
    expect(stdout.split('\n').filter(Boolean)).toHaveLength(1);
    expect(stderr).toBe('');
  });
});

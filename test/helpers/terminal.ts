import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { listen } from '../../src/net/listen.ts';
import { type ExecResult, finished, ROOT } from './exec.ts';

/** `script` of util-linux gives a program a terminal of its own. */
export const hasScript =
  spawnSync('script', ['--version']).stdout?.toString().includes('util-linux') ?? false;

export const ESCAPE = '\u001b';

/** The built program, as a shell writes it. */
export const KVCACHE = `${process.execPath} ${join(ROOT, 'bin/kvcache.js')}`;

/** PATH and HOME only: no CI variable of whoever runs the tests, no NO_COLOR. */
const ENV = { PATH: process.env['PATH'], HOME: process.env['HOME'], TERM: 'xterm-256color' };

/** Runs a line of shell, without a terminal. */
export function inShell(line: string, env: Record<string, string> = {}): Promise<ExecResult> {
  return finished(spawn('bash', ['-c', line], { env: { ...ENV, ...env } }));
}

/** Runs a line of shell on a terminal of its own: `stdout` is everything it was sent. */
export function onTerminal(
  line: string,
  { columns = 80, rows = 40, env = {}, record = '/dev/null' }: TerminalOptions = {},
): Promise<ExecResult> {
  const sized = `stty cols ${columns} rows ${rows}; ${line}`;
  return finished(spawn('script', ['-qefc', sized, record], { env: { ...ENV, ...env } }));
}

export interface TerminalOptions {
  columns?: number;
  rows?: number;
  env?: Record<string, string>;
  /** A file that gets what the terminal is sent, as it comes. */
  record?: string;
}

/** What stays on the screen once the live view has gone. */
export function afterLastFrame(screen: string): string {
  return screen.slice(screen.lastIndexOf(`${ESCAPE}[2K`));
}

export interface AnsweringEngine {
  url: string;
  close(): void;
}

/** Answers every chat request at once, as engine-a. */
export async function answeringEngine(): Promise<AnsweringEngine> {
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
  const { url } = await listen(server, { host: '127.0.0.1', port: 0 }, 'engine');
  return {
    url,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export const readText = (file: string): string => readFileSync(file, 'utf8').trim();

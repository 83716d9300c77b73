import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  afterLastFrame,
  type AnsweringEngine,
  answeringEngine,
  ESCAPE,
  hasScript,
  inShell,
  KVCACHE,
  onTerminal,
} from '../../helpers/terminal.ts';

let engine: AnsweringEngine;
beforeAll(async () => {
  engine = await answeringEngine();
});
afterAll(() => engine.close());

const load = (more = ''): string =>
  `${KVCACHE} load --url ${engine.url} --model m --no-stream --warmup 0 --rate 50 --duration 2s ${more}`;
const RUN_MOCK = `${KVCACHE} run mock --ports auto`;
const RUN_SCENARIO = `${KVCACHE} run stateful --routing random`;

/** On a machine busy with other things the generator may find itself unsound. */
const VERDICT = /PASS|INVALID/;

/** Nothing that would have to be undone: no clearing of the screen, no hidden cursor, no other screen. */
function leavesNothingBehind(screen: string): void {
  for (const sequence of ['[2J', '[?25l', '[?1049h', '[?2026h']) {
    expect(screen).not.toContain(ESCAPE + sequence);
  }
  expect(afterLastFrame(screen)).not.toMatch(/[█░]/);
}

/** Colours taken off, so that a match does not depend on them. */
function plain(screen: string): string {
  return screen
    .split(ESCAPE)
    .map((part, index) => (index === 0 ? part : part.replace(/^\[[\d;]*[A-Za-z]/, '')))
    .join('');
}

describe.skipIf(!hasScript)('load on a terminal', () => {
  it('draws while it runs, and leaves the summary', async () => {
    const { stdout } = await onTerminal(load());
    expect(stdout).toContain('kvcache load');
    expect(stdout).toMatch(/served by .*engine-a █+ 100 %/);
    expect(afterLastFrame(stdout)).toMatch(VERDICT);
    leavesNothingBehind(stdout);
  });

  it('draws without a colour when asked for none', async () => {
    const { stdout } = await onTerminal(load(), { env: { NO_COLOR: '1' } });
    expect(stdout).toContain('kvcache load');
    // Only movements of the cursor are left: no CSI … m.
    expect(stdout.split(ESCAPE).filter((part) => /^\[[\d;]*m/.test(part))).toEqual([]);
  });

  it('prints lines in CI', async () => {
    const { stdout } = await onTerminal(load('--no-color'), { env: { CI: 'true' } });
    expect(stdout).not.toContain(ESCAPE);
    expect(stdout).toMatch(VERDICT);
  });
});

describe.skipIf(!hasScript)('run on a terminal', () => {
  it('draws a scenario, its steps and settling checks, and leaves the whole summary', async () => {
    const { stdout, code } = await onTerminal(RUN_SCENARIO, { columns: 100 });
    expect(code).toBe(1);
    const screen = plain(stdout);
    expect(screen).toMatch(/kvcache run stateful {2}\S+ · \d+ s/);
    expect(screen).toMatch(/\d+ of \d+ requests/);
    expect(screen).toMatch(/checks +.*· \d open/);
    const left = plain(afterLastFrame(stdout));
    // Told while the view was up, shown once it is gone, each once.
    expect(left.match(/^mock engine-a /gm)).toHaveLength(1);
    expect(left).toMatch(/^FAIL .*\[/m);
    expect(left).toMatch(/^FAIL \d of \d checks hold/m);
    expect(screen.match(/^FAIL \d of \d/gm)).toHaveLength(1);
    leavesNothingBehind(stdout);
  });

  it.each([60, 80])('keeps the sample within %i columns, and whole', async (columns) => {
    const { stdout, code } = await onTerminal(RUN_MOCK, { columns });
    expect(code).toBe(0);
    const left = plain(afterLastFrame(stdout)).replaceAll('\r', '');
    const lines = left.split('\n').filter((line) => !line.includes('/tmp/'));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(left.match(/^[12] +200 /gm)).toHaveLength(2);
    leavesNothingBehind(stdout);
  });

  it.each([
    ['CI', RUN_MOCK, { CI: 'true' }],
    ['--quiet', `${RUN_MOCK} --quiet`, {}],
    ['a piped result', `${RUN_MOCK} | cat`, {}],
  ])('draws nothing with %s', async (_name, line, env) => {
    const { stdout } = await onTerminal(line, { env });
    expect(stdout).toContain('5 of 5 checks hold');
    expect(stdout).not.toContain('kvcache run mock');
    expect(stdout).not.toContain(`${ESCAPE}[2K`);
  });
});

describe('without a terminal', () => {
  it('sends no escape sequences, and its summary to stdout only', async () => {
    const { stdout, stderr } = await inShell(load());
    expect(stdout + stderr).not.toContain(ESCAPE);
    expect(stdout).toMatch(VERDICT);
    expect(stderr).not.toMatch(VERDICT);
  });

  it.each([
    ['load', () => load('--quiet')],
    ['run mock', () => RUN_MOCK],
    ['run --list', () => `${KVCACHE} run --list`],
    ['--help', () => `${KVCACHE} --help`],
    ['completion', () => `${KVCACHE} completion bash`],
  ])('%s ends quietly when its reader leaves', async (_name, line) => {
    const { stdout, stderr } = await inShell(`${line()} | head -1`);
    expect(stdout.split('\n').filter(Boolean)).toHaveLength(1);
    expect(stderr.replaceAll(/^(measure|warmup|…) .*\n/gm, '')).toBe('');
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kvcache } from '../../helpers/exec.ts';
import { startUpstream, type Upstream } from '../../helpers/gateway.ts';
import { HOSTILE_TEXTS, rawPlaces } from '../../report/hostile-text.ts';

const COUNT = HOSTILE_TEXTS.length;
// oxlint-disable-next-line no-control-regex -- the colours our own terminal output has
const OUR_COLOURS = /\u001b\[(?:1|2|22|3[1239])m/g;

let engine: Upstream;
let folder: string;
let turn = 0;

/** An engine whose every word is hostile, another one with each answer. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const text = HOSTILE_TEXTS[turn++ % COUNT]!;
  response.setHeader('content-type', 'application/json');
  if (request.url === '/v1/models') {
    response.end(JSON.stringify({ object: 'list', data: [{ id: text, object: 'model' }] }));
    return;
  }
  if (request.url !== '/v1/chat/completions') {
    response.statusCode = 500;
    response.end(JSON.stringify({ error: { message: text } }));
    return;
  }
  if (turn % 5 === 0) response.statusCode = 503;
  response.end(
    JSON.stringify({
      id: text,
      model: text,
      served_by: text,
      error: text,
      choices: [{ index: 0, finish_reason: text, message: { role: 'assistant', content: text } }],
      usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
    }),
  );
}

beforeAll(async () => {
  engine = await startUpstream(answer);
  folder = mkdtempSync(join(tmpdir(), 'kvcache-hostile-'));
});

afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const url = (): string => `http://127.0.0.1:${engine.port}`;

async function expectHarmless(args: readonly string[], env: Record<string, string> = {}) {
  const done = await kvcache(args, { env: { GITHUB_ACTIONS: 'true', ...env } });
  for (const text of [done.stdout, done.stderr]) {
    if ('FORCE_COLOR' in env) expect(text).not.toContain('\u001b[31mred');
    expect(rawPlaces(text.replaceAll(OUR_COLOURS, ''))).toEqual([]);
    expect(text).not.toMatch(/^PASS 6 of 6/m);
  }
  expect(done.stderr).not.toContain('internal error');
  return done;
}

const COLOURS = { NO_COLOR: '', FORCE_COLOR: '1' };

describe.each([
  ['plain', {}],
  ['coloured', COLOURS],
])('what an engine says, %s', (_, env) => {
  it.each([
    [
      'request',
      () => [
        'request',
        '--url',
        url(),
        '--model',
        'm',
        '--prompt',
        'hi',
        '--pause',
        '1ms',
        '--count',
        `${COUNT}`,
      ],
    ],
    [
      'load',
      () => ['load', '--url', url(), '--model', 'm', '--requests', `${2 * COUNT}`, '--no-stream'],
    ],
    [
      'load for GitHub',
      () => [
        'load',
        '--url',
        url(),
        '--model',
        'm',
        '--requests',
        `${2 * COUNT}`,
        '--no-stream',
        '--reporter',
        'terminal,github',
      ],
    ],
    [
      'load as JSON',
      () => ['load', '--url', url(), '--model', 'm', '--requests', '60', '--no-stream', '--json'],
    ],
    ['doctor', () => ['doctor', '--engine', `a=${url()}`, '--verbose']],
    ['an unknown model', () => ['load', '--url', url(), '--requests', '5']],
  ])('%s', async (_name, args) => {
    const done = await expectHarmless(args(), env);
    expect(done.stdout + done.stderr).toMatch(/pwned|HTTP|--model|requests/);
  });
});

describe('what stands in files, flags and names', () => {
  it.each(HOSTILE_TEXTS.filter((text) => !text.includes('\u0000')))('%j', async (text) => {
    expect((await expectHarmless(['load', '--url', text, '--reporter', text])).code).toBe(2);
  });

  it('in a scenario file, a config, and reports of a folder', async () => {
    const all = JSON.stringify(HOSTILE_TEXTS.join(' '));
    const scenario = join(folder, 'scenario.yaml');
    writeFileSync(scenario, `name: ${all}\ntitle: ${all}\nsteps: ${all}\n`);
    await expectHarmless(['run', scenario]);
    const config = join(folder, 'conf.yaml');
    writeFileSync(config, `static_resources:\n  ${all}: ${all}\n  listeners: ${all}\n`);
    await expectHarmless(['config', 'validate', config]);
    await expectHarmless(['gateway', 'start', '-c', config]);
    const missing = HOSTILE_TEXTS.slice(0, 12).join(' ').replaceAll('/', '_');
    await expectHarmless(['config', 'validate', join(folder, missing)]);
    writeFileSync(join(folder, 'report.json'), `{"schema": ${all}}`);
    expect((await expectHarmless(['report', folder])).code).toBe(2);
    await expectHarmless(['report', 'trend', folder]);
  });
});

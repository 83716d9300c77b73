import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { splitCommand } from '../../src/stack/argv.ts';
import { sampleConfig } from '../../src/stack/gateway-config.ts';
import { CERTIFICATE } from '../helpers/tls-front.ts';
import {
  type ExecOptions,
  type ExecResult,
  finished,
  ROOT,
  startKvcache,
} from '../helpers/exec.ts';

const english = readFileSync(join(ROOT, 'README.md'), 'utf8');
const chinese = readFileSync(join(ROOT, 'README_zh.md'), 'utf8');
const oldScripts = readFileSync(join(ROOT, 'docs/guides/old-scripts.md'), 'utf8');

/** Command lines after a prompt, and `npx kvcache …` in running text, in reading order. */
function commandsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^\$ (.+)$|`(npx kvcache [^`]+)`/gm)].map(([, a, b]) => a ?? b!);
}

const folder = mkdtempSync(join(tmpdir(), 'kvcache-readme-'));
const NOWHERE = 'http://127.0.0.1:1';
let sample:
  | undefined
  | { url: string; env: Record<string, string>; stop: () => Promise<ExecResult> };

/** Runs one command of the README until it ends, or until it prints `until`, then stops it politely. */
async function run(
  command: string,
  options: ExecOptions & { extra?: string[]; until?: RegExp } = {},
): Promise<ExecResult> {
  const args = [...splitCommand(command).slice(2), ...(options.extra ?? [])];
  const child = startKvcache(args, { cwd: folder, ...options });
  let printed = '';
  const watch = (chunk: Buffer): void => {
    printed += chunk.toString();
    if (options.until?.test(printed)) child.kill('SIGTERM');
  };
  child.stdout!.on('data', watch);
  child.stderr!.on('data', watch);
  return finished(child);
}

beforeAll(async () => {
  symlinkSync(join(ROOT, 'bin/kvcache.js'), join(folder, 'pixiu'));
  writeFileSync(join(folder, 'ca.pem'), CERTIFICATE);
  const test = 'node -e "process.exit(process.env.KVCACHE_ENGINE_2 ? 0 : 1)"';
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts: { test } }));
  const listen = { host: '127.0.0.1', port: 0 };
  const nowhere = { url: NOWHERE };
  writeFileSync(
    join(folder, 'conf.yaml'),
    sampleConfig({ listen, metricPort: 0, controller: nowhere, engines: [nowhere, nowhere] }),
  );
  const child = startKvcache(['run', 'mock', '--ports', 'auto', '--keep', '--json']);
  const end = finished(child);
  const line = await new Promise<string>((resolve) => {
    let text = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text);
    });
  });
  const { gateway, controller, engines } = JSON.parse(line) as {
    gateway: { url: string };
    controller: { url: string };
    engines: { url: string }[];
  };
  sample = {
    url: gateway.url,
    env: {
      PIXIU_URL: gateway.url,
      CONTROLLER_URL: controller.url,
      ENGINE_A_URL: engines[0]!.url,
      ENGINE_B_URL: engines[1]!.url,
    },
    stop: () => {
      child.kill('SIGTERM');
      return end;
    },
  };
});

afterAll(() => sample?.stop());

const ANY_PORTS = {
  LMCACHE_ADDR: '127.0.0.1:0',
  LLM_A_ADDR: '127.0.0.1:0',
  LLM_B_ADDR: '127.0.0.1:0',
};
const DEAD_TARGETS = { VLLM_ENDPOINT: NOWHERE, LMCACHE_ENDPOINT: NOWHERE };
const AUTO = ['--ports', 'auto'];

interface Way {
  /** Matches the commands that are run this way. */
  of: RegExp;
  run: (command: string) => Promise<ExecResult>;
  exitCode: number;
}

/** How each command runs here: nothing is changed but ports, addresses and when it ends. */
const WAYS: readonly Way[] = [
  { of: / run mock$/, run: (line) => run(line, { extra: AUTO }), exitCode: 0 },
  { of: / run mock --ports auto --json$/, run: (line) => run(line), exitCode: 0 },
  {
    of: / run mock --keep$/,
    run: (line) => run(line, { extra: AUTO, until: /stays up/ }),
    exitCode: 0,
  },
  {
    of: / run mock --gateway pixiu$/,
    run: (line) => run(line, { extra: AUTO, env: { PATH: `${folder}:${process.env['PATH']}` } }),
    exitCode: 0,
  },
  {
    of: / mock (controller|engine|up) --dialect/,
    run: (line) => run(line, { env: ANY_PORTS, until: /"ready":true/ }),
    exitCode: 0,
  },
  {
    of: / request --url /,
    run: (line) => run(line.replace('http://127.0.0.1:18888', sample!.url)),
    exitCode: 0,
  },
  { of: / request( --mode real)?$/, run: (line) => run(line, { env: sample!.env }), exitCode: 0 },
  { of: / config render$/, run: (line) => run(line, { env: DEAD_TARGETS }), exitCode: 0 },
  { of: / run stateful$/, run: (line) => run(line), exitCode: 0 },
  // There is no such gateway, which is found out once the mocks are up.
  { of: / run stateful --gateway-command /, run: (line) => run(line), exitCode: 3 },
  { of: / mock up --port-base 0 -- npm test$/, run: (line) => run(line), exitCode: 0 },
  // No deployment here; `npm run test:paths` runs them against mocks.
  {
    of: / verify --(vllm|gateway) /,
    run: (line) => run(line, { extra: ['--dry-run'], env: { VLLM_API_KEY: 'k' } }),
    exitCode: 0,
  },
  { of: / verify$/, run: (line) => run(line, { env: DEAD_TARGETS }), exitCode: 3 },
  { of: / doctor$/, run: (line) => run(line, { env: DEAD_TARGETS }), exitCode: 3 },
  {
    of: / gateway start -c conf\.yaml$/,
    run: (line) => run(line, { extra: ['--json'], until: /"ready":true/ }),
    exitCode: 0,
  },
  { of: / --help$/, run: (line) => run(line), exitCode: 0 },
];

/** Run by CI itself on a clean checkout. */
const INSTALL_LINES = ['npm ci && npx kvcache run mock', 'npm cit'];

describe('the two READMEs', () => {
  it('hold the same commands in the same order', () => {
    expect(commandsOf(chinese)).toEqual(commandsOf(english));
  });

  it('begin with the two install lines', () => {
    expect(commandsOf(english).slice(0, 2)).toEqual(INSTALL_LINES);
  });
});

describe('every command of the READMEs runs', () => {
  const all = [...commandsOf(english), ...commandsOf(oldScripts)];
  const commands = [...new Set(all)].filter((line) => !INSTALL_LINES.includes(line));

  it.each(commands)('%s', async (command) => {
    const ways = WAYS.filter((way) => way.of.test(command));
    expect(ways.map((way) => way.of)).toHaveLength(1);
    const result = await ways[0]!.run(command);
    expect([
      result.code,
      result.code === ways[0]!.exitCode ? '' : result.stdout + result.stderr,
    ]).toEqual([ways[0]!.exitCode, '']);
  });
});

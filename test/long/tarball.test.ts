import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/shell/program.ts';
import { sourceOf } from '../helpers/documents.ts';
import { ROOT } from '../helpers/exec.ts';
import { publicNames } from '../helpers/exported-types.ts';
import { writeGuide } from '../helpers/guide.ts';

const project = mkdtempSync(join(tmpdir(), 'kvcache-tarball-'));
const installed = join(project, 'node_modules/kvcache');
const INSTALL_MS = 120_000;
const PACK_AND_INSTALL_MS = 180_000;
/** Compressed. */
const TARBALL_BYTES_MAX = 1_600_000;
let tarball: { filename: string; size: number };

/** The environment of a user: nothing that npm has set for the script this test runs in. */
const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1' };

function run(file: string, args: readonly string[], timeout = 60_000): SpawnSyncReturns<string> {
  return spawnSync(file, args, { cwd: project, encoding: 'utf8', env, timeout });
}

/** Stdout of a command that must go well. */
function output(file: string, args: readonly string[], timeout?: number): string {
  const { status, stdout, stderr, error } = run(file, args, timeout);
  if (status === 0) return stdout;
  throw new Error(`${file} ${args.join(' ')}: ${error?.message ?? stdout + stderr}`);
}

const kvcache = (...args: string[]): string =>
  output(process.execPath, [join(installed, 'bin/kvcache.js'), ...args]);

beforeAll(() => {
  const packing = spawnSync(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', project],
    { cwd: ROOT, encoding: 'utf8', env },
  );
  if (packing.status !== 0) throw new Error(packing.stderr);
  [tarball] = JSON.parse(packing.stdout) as [typeof tarball];
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }\n');
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--omit=dev'];
  const install = run('npm', ['install', ...flags, `./${tarball.filename}`], INSTALL_MS);
  if (install.status !== 0) {
    throw new Error(
      `The tarball cannot be installed; is the registry reachable?\n${install.stderr}`,
    );
  }
}, PACK_AND_INSTALL_MS);
afterAll(() => rmSync(project, { recursive: true }));

/** `kvcache gateway start` and every other command of the tree. */
function commandsOf(command: Command, before = ''): string[] {
  const path = `${before}${command.name()}`;
  return [path, ...command.commands.flatMap((it) => commandsOf(it, `${path} `))];
}
const commands = commandsOf(await buildProgram('kvcache', () => Promise.resolve()));

const documents = (): string[] =>
  readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.md') && !name.includes('node_modules'),
  );

describe('the package from its tarball', () => {
  it('is small, and neither holds source maps nor names any', () => {
    expect(tarball.size).toBeLessThan(TARBALL_BYTES_MAX);
    const built = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' });
    expect(built.filter((name) => name.endsWith('.map'))).toEqual([]);
    const code = built.filter((name) => /\.[jt]s$/.test(name));
    expect(code.length).toBeGreaterThan(1_000);
    const naming = code.filter((name) =>
      readFileSync(join(installed, 'dist', name), 'utf8').includes('sourceMappingURL'),
    );
    expect(naming).toEqual([]);
  });

  it('says its version through npx', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(output('npx', ['--no-install', 'kvcache', '--version'])).toBe(`${version}\n`);
  });

  it.each(commands)('helps with: %s', (command) => {
    const help = kvcache(...command.split(' ').slice(1), '--help');
    expect(help).toContain(`Usage: ${command}`);
    const named = [...help.matchAll(/\bdocs\/[\w./-]+\.\w+/g)].map(([name]) => name);
    expect(named.filter((name) => !existsSync(join(installed, name)))).toEqual([]);
  });

  it.each(['bash', 'zsh', 'fish'])('completes for %s', (shell) => {
    expect(kvcache('completion', shell)).toContain('verify');
  });

  it('runs the sample, and its guide with node:test', () => {
    kvcache('run', 'mock', '-q', '--ports', 'auto', '--reporter', 'json=report.json');
    const names = writeGuide(project, '.test.mjs');
    expect(names.length).toBeGreaterThan(2);
    expect(output(process.execPath, ['--test', ...names])).toContain('# fail 0');
  });

  it('holds every page that errors and help name', () => {
    const pages = sourceOf('src', 'mocks').match(/(?<!\/)\bdocs\/[\w/-]+\.(?:md|json)/g);
    expect(pages!.length).toBeGreaterThan(3);
    expect(pages!.filter((page) => !existsSync(join(installed, page)))).toEqual([]);
  });

  it('links in its documents to what it holds', () => {
    const dead = documents().flatMap((name) =>
      [...readFileSync(join(installed, name), 'utf8').matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
        .map(([, target]) => target!)
        .filter((target) => !existsSync(join(installed, dirname(name), target)))
        .map((target) => `${name} → ${target}`),
    );
    expect(dead).toEqual([]);
  });

  it('has types that a strict consumer compiles with', () => {
    const names = [...publicNames().keys()];
    const program = [
      `import type { ${names.join(', ')} } from 'kvcache';`,
      `import * as kvcache from 'kvcache';`,
      'export async function url(): Promise<string> {',
      '  await using stack: MockStack = await kvcache.startMockStack();',
      '  return stack.gateway.url;',
      '}',
    ];
    writeFileSync(join(project, 'consumer.ts'), program.join('\n'));
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable'],
      module: 'nodenext',
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
    };
    const config = { compilerOptions, files: ['consumer.ts'] };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    expect(output(process.execPath, [compiler, '-p', '.'])).toBe('');
  });
});

import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandProgram } from '../../src/stack/gateway-command.ts';

const places = {
  listenPort: 4_000,
  metricPort: 4_001,
  engines: [
    { id: 'a', url: 'http://127.0.0.1:1001' },
    { id: 'b', url: 'http://127.0.0.1:1002' },
  ],
  controllerUrl: 'http://127.0.0.1:1000',
  model: 'm',
};

async function folder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'command-'));
}

async function wordsOf(command: string): Promise<readonly string[]> {
  const cwd = await folder();
  const { program } = await commandProgram(command, places, { cwd, workDir: cwd });
  if (program.kind !== 'foreign') throw new Error('not a stranger');
  return [program.file, ...program.args];
}

describe('the command of a gateway', () => {
  it.each([
    ['gw {port} {metrics-port}', ['gw', '4000', '4001']],
    [
      'gw --port={port} --to {engines}',
      ['gw', '--port=4000', '--to', 'http://127.0.0.1:1001,http://127.0.0.1:1002'],
    ],
    ['gw {port} {addresses}', ['gw', '4000', '127.0.0.1:1001,127.0.0.1:1002']],
    [
      'gw {port} --worker-urls {engines...}',
      ['gw', '4000', '--worker-urls', 'http://127.0.0.1:1001', 'http://127.0.0.1:1002'],
    ],
    [
      'gw {port} {id-2}={address-2} {engine-1}',
      ['gw', '4000', 'b=127.0.0.1:1002', 'http://127.0.0.1:1001'],
    ],
    ['gw {port} {controller} {model}', ['gw', '4000', 'http://127.0.0.1:1000', 'm']],
    ['gw {port} {"json": 1}', ['gw', '4000', '{json:', '1}']],
  ])('%s', async (command, words) => {
    expect(await wordsOf(command)).toEqual(words);
  });

  it.each([
    ['gw', 'Nothing in it says where the gateway is to listen.'],
    ['gw {port} {engine-3}', 'It knows no {engine-3}.'],
    ["gw {port} 'open", "A quote or a backslash has no end: 'open"],
  ])('%s is refused', async (command, message) => {
    await expect(wordsOf(command)).rejects.toMatchObject({
      code: 'GATEWAY_COMMAND_INVALID',
      kind: 'usage',
      message,
    });
  });

  it('may name a file, whose own braces stay', async () => {
    const [cwd, workDir] = [await folder(), await folder()];
    const text =
      'upstream u { server {address-1}; server {address-2}; } listen {port}; map {x} {};\n';
    await writeFile(join(cwd, 'nginx.conf.tmpl'), text);
    const found = await commandProgram('nginx -c {file:nginx.conf.tmpl}', places, { cwd, workDir });
    const path = join(workDir, 'gateway-nginx.conf');
    expect(found).toMatchObject({ title: 'gateway nginx', program: { args: ['-c', path] } });
    expect(await readFile(path, 'utf8')).toBe(
      'upstream u { server 127.0.0.1:1001; server 127.0.0.1:1002; } listen 4000; map {x} {};\n',
    );
  });

  it('says which file is missing', async () => {
    await expect(wordsOf('gw {file:nowhere.conf}')).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      where: 'nowhere.conf',
    });
  });
});

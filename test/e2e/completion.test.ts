import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kvcache } from '../helpers/exec.ts';

const folder = mkdtempSync(join(tmpdir(), 'kvcache-completion-'));
const SHELLS = ['bash', 'zsh', 'fish'] as const;

beforeAll(async () => {
  for (const shell of SHELLS) {
    const { stdout } = await kvcache(['completion', shell]);
    writeFileSync(join(folder, shell), stdout);
  }
  writeFileSync(join(folder, 'mine.yaml'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

/** What bash offers once this is typed, by its own completion function. */
function bashOffers(line: string): string[] {
  const words = line.split(' ');
  const script = `source ${join(folder, 'bash')}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_kvcache_completion; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return offersOf(spawnSync('bash', ['--norc', '-c', script], { cwd: folder, encoding: 'utf8' }));
}

function fishOffers(line: string): string[] {
  const script = `source ${join(folder, 'fish')}; complete -C ${JSON.stringify(line)}`;
  const done = spawnSync('fish', ['--no-config', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder, TERM: 'dumb' },
  });
  return offersOf(done).map((text) => text.split('\t')[0]!);
}

function offersOf({ stdout, stderr }: { stdout: string; stderr: string }): string[] {
  expect(stderr).toBe('');
  return stdout.split('\n').filter(Boolean);
}

/** Typed → what must be among the offers, and what must not. */
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['kvcache ', ['run', 'verify', 'gateway', 'completion'], ['stateful', 'start']],
  ['kvcache ve', ['verify'], ['run']],
  ['kvcache gateway ', ['start', 'explain'], ['verify']],
  ['kvcache gateway start --', ['--config', '--log-level'], ['--admin-url']],
  ['kvcache run ', ['mock', 'stateful', 'mine.yaml'], ['verify']],
  ['kvcache run mock --', ['--keep', '--ports'], ['--dialect']],
  ['kvcache run --ports ', ['sample', 'auto'], ['mock']],
  ['kvcache mock verify --', ['--rules'], ['--vllm']],
  ['kvcache verify --routing r', ['round-robin', 'random'], ['lookup']],
  ['kvcache config render -o ', ['mine.yaml'], ['run']],
  ['kvcache completion ', ['bash', 'zsh', 'fish'], ['run']],
  ['kvcache load --reporter j', ['json', 'junit'], ['csv', '--json']],
  ['kvcache load --reporter terminal,j', ['terminal,json', 'terminal,junit'], ['terminal,csv']],
  ['kvcache report ', ['compare', 'mine.yaml'], ['verify']],
  ['kvcache report --tr', ['--trend'], ['trend']],
  ['kvcache mock up --vllm 0.', ['0.32.0', '0.9.2'], ['verify']],
  ['kvcache mock up --profile 8', ['8b-h100'], ['instant']],
  ['kvcache verify --gateway ', ['embedded', 'pixiu'], []],
  ['kvcache verify --model ', ['auto'], ['run']],
  ['kvcache verify --api-key-env PA', ['PATH'], []],
  ['kvcache mock engine --api-key-env PA', ['PATH'], []],
  ['kvcache simulate --policy prefix,or', ['prefix,oracle'], ['prefix,random']],
  ['kvcache gateway start --log-level ', ['debug', 'error'], []],
  ['kvcache load --url ', [], ['run', 'mine.yaml', '--rate']],
];

describe.skipIf(!has('bash'))('bash completion', () => {
  it.each(CASES)('of "%s"', (line, wanted, unwanted) => {
    const offers = bashOffers(line);
    expect(offers).toEqual(expect.arrayContaining([...wanted]));
    for (const word of unwanted) expect(offers).not.toContain(word);
  });
});

describe.skipIf(!has('fish'))('fish completion', () => {
  it.each(CASES)('of "%s"', (line, wanted, unwanted) => {
    const offers = fishOffers(line);
    expect(offers).toEqual(expect.arrayContaining([...wanted]));
    for (const word of unwanted) expect(offers).not.toContain(word);
  });
});

describe.skipIf(!has('zsh'))('zsh completion', () => {
  it('is taken by zsh, which registers it', () => {
    const script = `autoload -Uz compinit; compinit -u -D; source ${join(folder, 'zsh')}; print $_comps[kvcache]`;
    const done = spawnSync('zsh', ['-f', '-c', script], { cwd: folder, encoding: 'utf8' });
    expect(done.stderr).toBe('');
    expect(done.stdout.trim()).toContain('_bash_complete');
  });
});

describe('kvcache completion', () => {
  it('names the shells when asked for another', async () => {
    const { code, stderr } = await kvcache(['completion', 'tcsh']);
    expect(code).toBe(2);
    expect(stderr).toContain('bash, zsh, fish');
  });
});

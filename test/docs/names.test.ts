import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/shell/program.ts';
import { codeOf, documents, read, sourceOf } from '../helpers/documents.ts';
import { CODES } from '../helpers/error-catalogues.ts';
import { ROOT } from '../helpers/exec.ts';

/** What the documents name and other programs have. */
const OTHERS = {
  paths: [
    'docs/design/prefix_caching.md', // vLLM
  ],
  flags: [
    '--enable-cache-report', // SGLang
    '--enable-metrics', // SGLang
    '--enable-prompt-tokens-details', // vLLM
    '--enable-scale-out', // vLLM
    '--instance-id', // LMCache
    '--kv-events-config', // vLLM
    '--kv-transfer-config', // vLLM
    '--prometheus-port', // SMG
  ],
  variables: [
    'KVCACHE_ENGINE_1', // numbered, by mock up
    'MOCK_API_KEY', // an example of a name that users choose
    'VLLM_API_KEY', // another
    'VLLM_SERVER_DEV_MODE', // vLLM
  ],
};

const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
const program = await buildProgram('kvcache', () => Promise.resolve());
const source = sourceOf('src', 'mocks');
/** What tests and benches are told by. */
const variables = new Set(
  [...sourceOf('test', 'bench').matchAll(/\benv\['(\w+)'\]/g)].map(([, name]) => name!),
);
const benchFlags = [...sourceOf('bench').matchAll(/^\s+'?([a-z-]+)'?: \{ type: '/gm)].map(
  ([, name]) => `--${name}`,
);

function flagsOf(command: Command): string[] {
  const own = command.options.flatMap(({ long, short }) => [long, short]);
  return [...own, ...(command.parent ? flagsOf(command.parent) : []), '--help', '-h'].filter(
    (flag) => typeof flag === 'string',
  );
}

function flagsBelow(command: Command): string[] {
  return [...flagsOf(command), ...command.commands.flatMap(flagsBelow)];
}

const flagsIn = (code: string): string[] =>
  [...code.matchAll(/(?<![\w-])--?[a-zA-Z][\w-]*/g)].map(([flag]) => flag);

/** The command that a line calls, and what stands behind its name; undefined when it calls none of ours. */
function calledBy(code: string): { command: Command; rest: string } | undefined {
  const call = /(?:^|[ |])kvcache (.*)/.exec(code.replace(/(?:^|\s)#.*/, ''));
  if (!call) return undefined;
  let [command, rest] = [program, call[1]!];
  for (;;) {
    const [word = ''] = /^[a-z]+\b/.exec(rest) ?? [];
    const next = command.commands.find((it) => it.name() === word);
    if (!next) return { command, rest };
    [command, rest] = [next, rest.slice(word.length).trimStart()];
  }
}

/** A subcommand that a command without arguments is asked for, and does not have. */
function unknownCommand({ command, rest }: { command: Command; rest: string }): string[] {
  const takesWords = command.registeredArguments.length > 0 || command.commands.length === 0;
  return takesWords ? [] : (/^[a-z]+\b/.exec(rest) ?? []);
}

/** Commands and flags of a span or line that whoever it speaks of does not have. */
function unknownWords(code: string): string[] {
  const ours = calledBy(code);
  if (ours) {
    // What is quoted is a value, such as the command of another program.
    const own = ours.rest.replaceAll(/'[^']*'/g, '');
    const flags = flagsIn(own).filter((flag) => !flagsOf(ours.command).includes(flag));
    return [...unknownCommand(ours), ...flags];
  }
  const [, script, rest] = /\bnode (?:-\S+ )*(\S+\.mjs)(.*)/.exec(code) ?? [];
  if (script !== undefined)
    return flagsIn(rest!).filter((flag) => !read(script).includes(flag.slice(2)));
  if (/^(?:\$ )?(?:np[mx]|nice|node|git|tc|ip|pip|python\S*|vllm|lmcache) /.test(code)) return [];
  const known = [...flagsBelow(program), ...benchFlags, ...OTHERS.flags];
  return flagsIn(code).filter((flag) => flag.startsWith('--') && !known.includes(flag));
}

const PATH = /(?<![\w./-])(?:src|mocks|test|docs|bench|fixtures|bin)\/[\w./*-]+/g;

function missingPaths(code: string): string[] {
  return [...code.matchAll(PATH)]
    .map(([path]) => path.replace(/[.:]$/, ''))
    .filter((path) => !OTHERS.paths.includes(path) && path !== 'test/path')
    .map((path) => path.replace(/\*.*$/, ''))
    .filter((path) => !['', '.ts', '.tsx'].some((it) => existsSync(join(ROOT, path + it))));
}

describe.each(documents)('%s names nothing that is not there', (file) => {
  const code = codeOf(file);

  it('no path', () => {
    expect(code.flatMap(missingPaths)).toEqual([]);
  });

  it('no command and no flag', () => {
    expect(code.flatMap(unknownWords)).toEqual([]);
  });

  it('no error code and no variable', () => {
    const names = code.flatMap((it) => it.match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g) ?? []);
    const known = new Set([...variables, ...CODES, ...OTHERS.variables]);
    const unknown = names
      .filter((name) => !known.has(name))
      .filter((name) => !source.includes(`'${name}'`));
    expect(unknown).toEqual([]);
  });

  it('no script', () => {
    const names = code.flatMap((it) => [...it.matchAll(/npm run (?:-s )?([\w:-]+)/g)]);
    expect(names.map(([, name]) => name!).filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('what errors and help name', () => {
  it('are pages that are there', () => {
    const pages = [...source.matchAll(/(?<!\/)\bdocs\/[\w/-]+\.(?:md|json)/g)].map(
      ([page]) => page,
    );
    expect(pages.length).toBeGreaterThan(3);
    expect(pages.filter((page) => !existsSync(join(ROOT, page)))).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { read } from '../helpers/documents.ts';

const instructions = read('Containerfile')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => /^(\S+) +(.*)$/.exec(line)!.slice(1) as [string, string]);

const of = (name: string): string[] =>
  instructions.filter(([it]) => it === name).map(([, argument]) => argument);

describe('the Containerfile', () => {
  it('is made of instructions that there are', () => {
    const known = 'FROM WORKDIR COPY RUN USER STOPSIGNAL ENTRYPOINT CMD'.split(' ');
    expect(instructions.map(([name]) => name).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('starts from a Node that the package runs on, of a fixed release line', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const floor = Number(/>=(\d+)/.exec(engines.node)![1]);
    for (const image of of('FROM')) {
      expect(Number(/^node:(\d+)-\w+-slim(?: AS \w+)?$/.exec(image)?.[1])).toBeGreaterThanOrEqual(
        floor,
      );
    }
  });

  it('ends as a user without rights, whose number can be checked', () => {
    expect(of('USER').at(-1)).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const names = instructions.map(([name]) => name);
    expect(names.slice(names.lastIndexOf('USER')).includes('RUN')).toBe(false);
  });

  it('runs the program itself, so that it gets the signals', () => {
    expect(JSON.parse(of('ENTRYPOINT').at(-1)!)).toEqual(['kvcache']);
    expect(JSON.parse(of('CMD').at(-1)!)).toEqual(['--help']);
    expect(of('STOPSIGNAL')).toEqual(['SIGTERM']);
  });

  it('leaves what builds and tests it in the first stage', () => {
    const [, last] = of('RUN');
    expect(last).toMatch(/^npm install .*--omit=dev --ignore-scripts /);
    expect(of('COPY').at(-1)).toMatch(/^--from=package /);
    expect(read('.dockerignore').split('\n')).toEqual(
      expect.arrayContaining(['node_modules', '.git']),
    );
  });
});

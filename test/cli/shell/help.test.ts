import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../../src/cli/shell/exit-codes.ts';
import { buildProgram } from '../../../src/cli/shell/program.ts';

interface Helped {
  path: string;
  command: Command;
  text: string;
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 80 });
  command.outputHelp();
  return text;
}

function all(command: Command, path: string): Helped[] {
  const below = command.commands.flatMap((it) => all(it, `${path} ${it.name()}`));
  return [{ path, command, text: helpOf(command) }, ...below];
}

const everything = all(await buildProgram('kvcache', () => Promise.resolve()), 'kvcache');
const leaves = everything.filter(({ command }) => command.commands.length === 0);

describe('the help of the program', () => {
  it('begins with the three everyday calls', () => {
    for (const call of ['kvcache run mock', 'kvcache doctor --vllm', 'kvcache verify --vllm']) {
      expect(everything[0]!.text).toContain(call);
    }
  });

  it.each(everything)('fits 80 columns: $path', ({ text }) => {
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

/** The help of a program that was asked this. */
async function asked(...args: string[]): Promise<Helped[]> {
  return all(await buildProgram('kvcache', () => Promise.resolve(), args), 'kvcache');
}

describe('a program that is asked for one command', () => {
  it.each(everything[0]!.command.commands.map((it) => it.name()))(
    'knows all of it: %s',
    async (name) => {
      const texts = (helped: Helped[]) =>
        helped.filter(({ path }) => path.split(' ')[1] === name).map(({ text }) => text);
      expect(texts(await asked(name, '--help'))).toEqual(texts(everything));
      expect(texts(await asked('help', name))).toEqual(texts(everything));
    },
  );

  it('lists the others as ever', async () => {
    expect((await asked('--help'))[0]!.text).toBe(everything[0]!.text);
    expect((await asked('run'))[0]!.text).toBe(everything[0]!.text);
  });

  it('leaves their flags where they are', async () => {
    const helped = await asked('run');
    expect(helped.find(({ path }) => path === 'kvcache verify')!.command.options).toEqual([]);
  });

  it('knows every flag when it is to complete them', async () => {
    const texts = (await asked('completion', 'bash')).map(({ text }) => text);
    expect(texts).toEqual(everything.map(({ text }) => text));
  });
});

describe.each(leaves)('the help of $path', ({ path, text, command }) => {
  it('has examples that call it', () => {
    const examples = text.slice(text.indexOf('\nExamples:'));
    expect(text).toContain('\nExamples:');
    expect(examples).toContain(`  ${path}`);
  });

  it('names its variables, or says that it reads none', () => {
    const isNamed = command.options.some(({ envVar }) => envVar !== undefined);
    expect(isNamed || /Environment|environment, then/.test(text)).toBe(true);
  });

  it('lists its exit codes once', () => {
    expect(text.split('\nExit codes:').length).toBe(2);
    const listed = text.slice(text.indexOf('\nExit codes:'));
    for (const code of [ExitCode.pass, ExitCode.usage, ExitCode.internal, ExitCode.interrupted]) {
      expect(listed).toMatch(new RegExp(`^ {2}${code} `, 'm'));
    }
  });

  it('shows each default that is given in words', () => {
    for (const { long, defaultValueDescription } of command.options) {
      if (defaultValueDescription === undefined) continue;
      const words = text.replaceAll(/\s+/g, ' ');
      expect([long, words]).toEqual([
        long,
        expect.stringContaining(`default: ${defaultValueDescription}`),
      ]);
    }
  });
});

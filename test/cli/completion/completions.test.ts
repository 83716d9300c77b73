import { Command, Option } from 'commander';
import { expect, it } from 'vitest';
import { completables } from '../../../src/cli/completion/completions.ts';
import { ListOption, PathArgument } from '../../../src/cli/shell/options.ts';

it('reads commands, flags and values off the tree', () => {
  const program = new Command('tool').addCommand(
    new Command('report')
      .argument('[scenario]')
      .addOption(
        new ListOption('--reporter <list>', 'NAME or NAME=FILE,…', ['terminal', 'json', 'junit']),
      )
      .addOption(new Option('-o, --output <file>', 'where to'))
      .addOption(new Option('--secret').hideHelp()),
  );
  const [root, report] = completables(program, { scenario: ['mock'] });
  expect(root?.subcommands.map(({ name }) => name)).toEqual(['report', 'help']);
  expect(report).toMatchObject({ path: 'report', values: ['mock'], takesFiles: false });
  expect(report?.flags.map(({ names, takes, choices }) => [names, takes, choices])).toEqual([
    [['--reporter'], 'list', ['terminal', 'json', 'junit']],
    [['--output', '-o'], 'file', []],
    [['--help', '-h'], 'nothing', []],
  ]);
});

it('offers files where an argument is a path, whatever its help says', () => {
  const program = new Command('tool')
    .addCommand(new Command('show').addArgument(new PathArgument('[what]')))
    .addCommand(new Command('name').argument('[file]', 'the name of a file'));
  expect(completables(program, {}).map(({ takesFiles }) => takesFiles)).toEqual([
    false,
    true,
    false,
  ]);
});

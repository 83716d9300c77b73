import type { Command, Option } from 'commander';
import { ListOption, PathArgument, SuggestingOption } from '../shell/options.ts';

/** Values that the command tree does not know, by argument name. */
export type ExtraValues = Readonly<Record<string, readonly string[]>>;

export interface Completable {
  /** Words after the program's name: `gateway start`. */
  path: string;
  subcommands: { name: string; summary: string }[];
  flags: CompletableFlag[];
  /** Values of the first argument; empty when it is free text or there is none. */
  values: readonly string[];
  takesFiles: boolean;
}

export interface CompletableFlag {
  /** `--output`, `-o`. */
  names: string[];
  summary: string;
  takes: 'nothing' | 'text' | 'file' | 'directory' | 'variable' | 'choice' | 'list';
  choices: readonly string[];
}

/** Every command of a program, the program itself first, in the order of its help. */
export function completables(program: Command, extra: ExtraValues, path = ''): Completable[] {
  const help = program.createHelp();
  const subcommands = help.visibleCommands(program);
  const [argument] = program.registeredArguments;
  const own: Completable = {
    path,
    subcommands: subcommands.map((it) => ({ name: it.name(), summary: it.description() })),
    flags: help.visibleOptions(program).map((option) => flagOf(option)),
    values: argument?.argChoices ?? extra[argument?.name() ?? ''] ?? [],
    takesFiles: argument instanceof PathArgument,
  };
  const below = subcommands
    // commander's own `help` repeats the tree.
    .filter((it) => program.commands.includes(it))
    .flatMap((it) => completables(it, extra, `${path} ${it.name()}`.trim()));
  return [own, ...below];
}

function flagOf(option: Option): CompletableFlag {
  const names = [option.long, option.short].filter((name) => typeof name === 'string');
  const choices = isNaming(option) ? option.names : (option.argChoices ?? []);
  return { names, summary: option.description, takes: takenBy(option), choices };
}

function isNaming(option: Option): option is ListOption | SuggestingOption {
  return option instanceof ListOption || option instanceof SuggestingOption;
}

function takenBy(option: Option): CompletableFlag['takes'] {
  if (!option.required && !option.optional) return 'nothing';
  const value = /[<[]([^>\]]*)[>\]]/.exec(option.flags)?.[1];
  if (isNaming(option) && value === 'list') return 'list';
  if (option.argChoices || isNaming(option)) return 'choice';
  if (value === 'dir') return 'directory';
  if (value === 'variable') return 'variable';
  return value === 'file' || value === 'path' ? 'file' : 'text';
}

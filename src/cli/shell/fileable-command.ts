import { Command, Option } from 'commander';
import type { FlagTable } from '../../schema/flag-row.ts';

/** A command whose flags may also stand in a file. */
export class FileableCommand extends Command {
  readonly table: FlagTable;
  /** Set when the file is asked for: reading it takes packages that other calls do without. */
  fill: (() => void) | undefined;

  constructor(name: string, table: FlagTable) {
    super(name);
    this.table = table;
  }

  /** After the command line, before commander looks for what is missing or excludes itself. */
  override parseOptions(args: string[]): ReturnType<Command['parseOptions']> {
    const parsed = super.parseOptions(args);
    this.fill?.();
    return parsed;
  }
}

export function fileOption(): Option {
  return new Option(
    '--config <file>',
    'YAML file of these flags by name; flag and variable beat it',
  );
}

import { Command, Option } from 'commander';
import type { FlagTable } from '../../schema/flag-row.ts';

/** A command whose flags may also stand in a file, once it has named them. */
export class FileableCommand extends Command {
  table: FlagTable | undefined;
  /** Set when the file is asked for: reading it takes packages that other calls do without. */
  fill: (() => void) | undefined;

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

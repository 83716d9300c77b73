import { Command, Option, type OptionValues } from 'commander';
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

  /**
   * The flags with what the file says now; those of the command line stay as they are.
   * @throws KvcacheError as reading the file
   */
  refilled(): OptionValues {
    for (const option of this.options) {
      const name = option.attributeName();
      if (this.getOptionValueSource(name) !== 'config') continue;
      this.setOptionValueWithSource(name, option.defaultValue, 'default');
    }
    this.fill?.();
    return { ...this.opts() };
  }
}

export function fileOption(): Option {
  return new Option(
    '--config <file>',
    'YAML file of these flags by name; flag and variable beat it',
  );
}

import { Command, Option } from 'commander';
import type { RunAction } from '../action.ts';

export interface ConfigValidateFlags {
  format: 'text' | 'json' | 'sarif';
  strict?: boolean;
  json?: boolean;
}

const HELP = `
Exit codes: 0 no errors · 1 warnings, with --strict · 2 errors, or a file that cannot be read.
Errors keep the gateway from starting; warnings say where it does something else than written.`;

/** `kvcache config validate FILE…`. */
export function configValidateCommand(run: RunAction): Command {
  return new Command('validate')
    .description('Check configs: each finding with its place, what it does at runtime, a remedy.')
    .argument('<files...>', 'gateway configs')
    .addOption(
      new Option('--format <name>', 'how findings are written')
        .choices(['text', 'json', 'sarif'])
        .default('text'),
    )
    .option('--strict', 'warnings fail too')
    .option('--json', 'the same as --format json')
    .addHelpText('after', HELP)
    .action((files: string[], flags: ConfigValidateFlags) =>
      run(async () => (await import('../actions/config-validate.ts')).configValidate, {
        files,
        flags,
      }),
    );
}

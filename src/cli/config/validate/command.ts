import { Command, Option } from 'commander';
import type { RunAction } from '../../shell/action.ts';
import { commandThat } from '../../shell/help.ts';
import { PathArgument } from '../../shell/options.ts';
import type { ConfigValidateFlags } from './action.ts';

const HELP = `
Errors keep the gateway from starting and end with exit code 2. Warnings say
where it does something else than written; with --strict they end with 1.

Examples:
  kvcache config validate conf.yaml
  kvcache config validate --strict --format sarif conf.yaml > findings.sarif

Environment: none.`;

/** `kvcache config validate FILE…`. */
export function configValidateCommand(run: RunAction): Command {
  return commandThat('lints', new Command('validate'))
    .description('Check configs: each finding with its place, what it does at runtime, a remedy.')
    .addArgument(new PathArgument('<files...>', 'gateway configs'))
    .addOption(
      new Option('--format <name>', 'how findings are written')
        .choices(['text', 'json', 'sarif'])
        .default('text'),
    )
    .option('--strict', 'warnings fail too')
    .option('--json', 'the same as --format json')
    .addHelpText('after', HELP)
    .action((files: string[], flags: Omit<ConfigValidateFlags, 'files'>) =>
      run(async () => (await import('./action.ts')).configValidate, { ...flags, files }),
    );
}

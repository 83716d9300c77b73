import { Command } from 'commander';
import type { RunAction } from '../../shell/action.ts';
import { commandThat } from '../../shell/help.ts';

const HELP = `
Examples:
  kvcache config schema > kvcache.schema.json

An editor with a YAML language server checks a config against it, given this as
the first line of the config:
  # yaml-language-server: $schema=./kvcache.schema.json

Environment: none.`;

/** `kvcache config schema`. */
export function configSchemaCommand(run: RunAction): Command {
  return commandThat('writes', new Command('schema'))
    .description('Print the JSON Schema of a gateway config, for editors.')
    .option('--json', 'accepted for symmetry: the schema is JSON anyway')
    .addHelpText('after', HELP)
    .action((flags: object) => run(async () => (await import('./action.ts')).configSchema, flags));
}

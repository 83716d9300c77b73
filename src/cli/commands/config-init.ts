import { Command, Option } from 'commander';
import type { RunAction } from '../action.ts';

export interface ConfigInitFlags {
  kind: 'mock' | 'real-engine';
  force?: boolean;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  kvcache config init                           conf.yaml for the mock backends
  kvcache config init real.yaml --kind real-engine

Environment: none.`;

/** `kvcache config init [file]`. */
export function configInitCommand(run: RunAction): Command {
  return new Command('init')
    .description('Write a commented config to start from.')
    .argument('[file]', 'where to', 'conf.yaml')
    .addOption(
      new Option('--kind <name>', 'for the mock backends, or for vLLM and LMCache')
        .choices(['mock', 'real-engine'])
        .default('mock'),
    )
    .option('-f, --force', 'overwrite a file that is there')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', EXAMPLES)
    .action((file: string, flags: ConfigInitFlags) =>
      run(async () => (await import('../actions/config-init.ts')).configInit, { file, flags }),
    );
}

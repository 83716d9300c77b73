import { Command } from 'commander';
import type { RunAction } from '../shell/action.ts';
import { type OutputFlags, outputOptions } from '../shell/options.ts';
import { targetOptions } from '../shell/target-options.ts';

export interface DoctorFlags extends OutputFlags {
  config?: string;
  [name: string]: string | string[] | boolean | undefined;
}

const EXAMPLES = `
Sends a handful of requests: one long prompt to every engine and the gateway,
twice or more, and lookups of it where there is a controller. Give what there
is: engines, a gateway, or both; what cannot be asked is left out.

Environment: that of kvcache verify.

Examples:
  kvcache doctor --vllm http://10.0.0.7:8000 --vllm http://10.0.0.8:8000
  kvcache doctor --gateway http://gateway:8888
  kvcache doctor --vllm http://10.0.0.7:8000 --vllm http://10.0.0.8:8000 \\
    --lmcache http://10.0.0.9:9000 --config conf.yaml --json`;

/** `kvcache doctor`. */
export function doctorCommand(run: RunAction): Command {
  const command = new Command('doctor').description(
    'Check every known cause of silent cache misses, each with evidence and a remedy.',
  );
  for (const option of targetOptions()) command.addOption(option);
  command.option('--gateway <url>', 'a running gateway; enough alone');
  command.option('-c, --config <file>', 'gateway config to check as well');
  for (const option of outputOptions()) command.addOption(option);
  return command
    .addHelpText('after', EXAMPLES)
    .action((flags: DoctorFlags) => run(async () => (await import('./action.ts')).doctor, flags));
}

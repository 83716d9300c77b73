import { type Command, Option } from 'commander';
import { TARGET_FLAGS } from '../../target/flags.ts';
import type { RunAction } from '../shell/action.ts';
import type { DoctorFlags } from './action.ts';
import { textOptionsOf } from '../shell/flag-table.ts';
import { outputOptions, withOptions } from '../shell/options.ts';

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
export function doctorCommand(command: Command, run: RunAction): void {
  withOptions(
    command,
    ...textOptionsOf(TARGET_FLAGS),
    new Option('--gateway <url>', 'a running gateway; enough alone'),
    new Option('-c, --config <file>', 'gateway config to check as well'),
    ...outputOptions(),
  )
    .addHelpText('after', EXAMPLES)
    .action((flags: DoctorFlags) => run(async () => (await import('./action.ts')).doctor, flags));
}

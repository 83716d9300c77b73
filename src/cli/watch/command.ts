import type { RunAction } from '../shell/action.ts';
import { type FileableCommand, fileOption } from '../shell/fileable-command.ts';
import { textOptionsOf } from '../shell/flag-table.ts';
import { outputOptions, withOptions } from '../shell/options.ts';
import { WATCH_FLAGS, type WatchCall, type WatchFlags } from './flags.ts';

const EXAMPLES = `
Reads metrics and sends no prompt. Without --once it goes on until Ctrl-C or
SIGTERM. The file of --config is read again when it changes, and on SIGHUP,
which also writes the baseline; only what is watched changes then.

Environment: VLLM_ENDPOINT, PROM_URL, and the variable that --api-key-env names.

Examples:
  kvcache watch --vllm http://10.0.0.7:8000 --vllm http://10.0.0.8:8000
  kvcache watch --vllm http://10.0.0.7:8000 --vllm http://10.0.0.8:8000 \\
    --metrics-url http://gateway:2222/metrics --listen 127.0.0.1:9105
  kvcache watch --vllm http://10.0.0.7:8000 --once --window 1m \\
    --baseline usual.json
  kvcache watch --vllm http://10.0.0.7:8000 --vllm http://10.0.0.8:8000 \\
    --kv-events tcp://10.0.0.7:5557 --kv-events tcp://10.0.0.8:5557 \\
    --baseline yesterday --history day.json`;

/** `kvcache watch`. */
export function watchCommand(command: FileableCommand, run: RunAction): void {
  command.table = WATCH_FLAGS;
  withOptions(command, ...textOptionsOf(WATCH_FLAGS), fileOption(), ...outputOptions())
    .addHelpText('after', EXAMPLES)
    .action((flags: WatchFlags) => {
      const call: WatchCall = {
        flags: { ...flags },
        again: () => command.refilled() as WatchFlags,
      };
      return run(async () => (await import('./action.ts')).watch, call);
    });
}

import { Option } from 'commander';
import type { RunAction } from '../shell/action.ts';
import { type FileableCommand, fileOption } from '../shell/fileable-command.ts';
import { optionsOf } from '../shell/flag-table.ts';
import { outputOptions, reporterOptions, withOptions } from '../shell/options.ts';
import { LOAD_FLAGS, type LoadFlags } from './flags.ts';

const EXAMPLES = `
Metrics a threshold can name:
  latency ttft itl tpot, each with .p50 .p90 .p95 .p99 .mean or .max
                                          durations: "ttft.p95 < 200ms"
  error_rate hit_rate                     shares: "hit_rate >= 90%"
  requests rate output_tokens_per_second  numbers: "rate > 40"

Environment: only the variable that --api-key-env names.

Examples:
  kvcache load --url http://127.0.0.1:8000 --concurrency 8 --requests 400
  kvcache load --url http://gw:8888 --rate 20 --duration 60s \\
    --workload shared-prefix --threshold 'ttft.p95 < 300ms'
  kvcache load --url http://gw:8888 --stages 30s:10,60s:40 --samples run.ndjson
  kvcache load --url http://gw:8888 --trace conversation_trace.jsonl --speed 0.5
  kvcache load --url http://gw:8888 --rate 800 --duration 60s --processes 4
  kvcache load --url http://gw:8888 --rate 4000 --duration 5m --processes 16 \\
    --emit slurm --results-to /shared/load > load.sh

  kvcache load --url http://gw:8888 --find rate --slo 'ttft.p95 < 500ms'`;

/** `kvcache load`: the load generator alone. */
export function loadCommand(command: FileableCommand, run: RunAction): void {
  command.table = LOAD_FLAGS;
  withOptions(
    command,
    ...optionsOf(LOAD_FLAGS),
    fileOption(),
    new Option('--dry-run', 'say what would be sent and what it costs; send nothing'),
    ...reporterOptions(),
    ...outputOptions(),
  )
    .addHelpText('after', EXAMPLES)
    .action((flags: LoadFlags) => run(async () => (await import('./action.ts')).load, flags));
}

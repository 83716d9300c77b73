import type { RunAction } from '../shell/action.ts';
import { type FileableCommand, fileOption } from '../shell/fileable-command.ts';
import { optionsOf } from '../shell/flag-table.ts';
import { outputOptions, reporterOptions, withOptions } from '../shell/options.ts';
import { SIMULATE_FLAGS, type SimulateFlags } from './flags.ts';

const EXAMPLES = `
Nothing is sent anywhere: engines and caches are those of the mock engines, in
virtual time; the policies are the gateway's own. docs/simulation.md says what
the model holds and what it does not.

Metrics an objective can name:
  ttft latency queue tpot, each with .p50 .p90 .p95 .p99 .mean or .max
                                          durations: "ttft.p95 < 500ms"
  hit_rate ceiling error_rate goodput busiest lost.LOSS
                                          shares: "hit_rate >= 60%"
  requests rate goodput_rate imbalance    numbers: "rate > 40"

Environment: none.

Examples:
  kvcache simulate --trace t.jsonl --engines 8 --policy round-robin,prefix
  kvcache simulate --workload chat --rate 12 --engines 4 \\
    --policy prefix,./mine.js
  kvcache simulate --trace t.jsonl --policy prefix --find engines \\
    --slo 'ttft.p95 < 500ms'
  kvcache simulate --workload shared-prefix --reuse 8 --find rate \\
    --slo 'ttft.p95 < 500ms'
  kvcache simulate --trace t.jsonl --sweep engines=4:8,capacity=131072:262144
  kvcache simulate --trace t.jsonl --sweep engines=4:8:16 --processes 8 \\
    --emit slurm --results-to /shared/sweep > sweep.sh
  kvcache simulate --trace t.jsonl --fleet fleet.yaml --events 60s:fail=engine-a`;

/** `kvcache simulate`: what a policy, a fleet and a cache size would give, before there is any. */
export function simulateCommand(command: FileableCommand, run: RunAction): void {
  command.table = SIMULATE_FLAGS;
  withOptions(
    command,
    ...optionsOf(SIMULATE_FLAGS),
    fileOption(),
    ...reporterOptions(),
    ...outputOptions(),
  )
    .addHelpText('after', EXAMPLES)
    .action((flags: SimulateFlags) =>
      run(async () => (await import('./action.ts')).simulate, flags),
    );
}

import { Option } from 'commander';
import type { RunAction } from '../shell/action.ts';
import type { VerifyFlags } from './flags.ts';
import { outputOptions, reporterOptions, withOptions, workDirOptions } from '../shell/options.ts';
import { GATEWAY_FLAGS, TARGET_FLAGS } from '../../target/flags.ts';
import { EXPERIMENT_FLAGS } from '../../verify/experiment/flags.ts';
import { type FileableCommand, fileOption } from '../shell/fileable-command.ts';
import { textOptionsOf } from '../shell/flag-table.ts';

const ENVIRONMENT = `
Arms:
  A  uncacheable, through the gateway     B  cacheable, routing off
  C  cacheable, routing on                N  the same as C once more
  D  cacheable, straight to the engine that holds the prefix
  P  the cold primes of D, straight to the same engine
Cache gain = P against D, routing gain = B against C, gateway tax = D against C.

Environment of the original script (blank counts as unset; a flag beats it):
  VLLM_ENDPOINT, LMCACHE_ENDPOINT   an engine, the controller
  PIXIU_LISTEN_PORT, PIXIU_PROM_PORT  18889, 2223
  MODEL_NAME                        what /v1/models says
  ENGINE_ENDPOINT_A_ID, _HOST, _PORT  engine-a, host and port of VLLM_ENDPOINT
  ENGINE_ENDPOINT_B_ID, _HOST, _PORT  engine-b, the same as A
  LLM_SCHEME                        scheme of VLLM_ENDPOINT
  HOT_CONTENT_THRESHOLD, LOAD_THRESHOLD, MEMORY_THRESHOLD  3, 0.7, 0.8
  PIN_INSTANCE_ID, PIN_LOCATION, COMPRESS_INSTANCE_ID, COMPRESS_LOCATION,
  EVICT_INSTANCE_ID
  START_PIXIU                       1; 0 uses the gateway at PIXIU_URL
  PIXIU_URL, PROM_URL, PIXIU_SOURCE
  BASELINE_ROUNDS, CACHED_ROUNDS    requests per arm; the larger one counts
  KEEP_WORK_DIR                     0; 1 keeps the work directory

Name something to send requests to: engines, a running gateway, or both.

Examples:
  kvcache verify --vllm http://10.0.0.7:8000 --vllm http://10.0.0.8:8000
  kvcache verify --gateway http://gateway:8888 --replicas 4
  kvcache verify --vllm http://10.0.0.7:8000 --vllm http://10.0.0.8:8000 \\
    --lmcache http://10.0.0.9:9000
  kvcache verify --engine a=http://10.0.0.7:8000 \\
    --engine b=http://10.0.0.8:8000 --lmcache http://10.0.0.9:9000 --quick
  kvcache verify … --gateway http://gateway:8888 \\
    --threshold 'ttft.p95.ratio < 0.8' --json
  kvcache verify --vllm http://10.0.0.7:8000 --vllm http://10.0.0.8:8000 \\
    --capacity --slo 'ttft.p95 < 500ms' --engine-price 2.50/h`;

const FLAGS = { ...TARGET_FLAGS, ...GATEWAY_FLAGS, ...EXPERIMENT_FLAGS };

/** `kvcache verify`. */
export function verifyCommand(command: FileableCommand, run: RunAction): void {
  command.table = FLAGS;
  withOptions(
    command,
    ...textOptionsOf(FLAGS),
    fileOption(),
    new Option('--dry-run', 'say what would be judged and sent, and what it costs; send nothing'),
    ...workDirOptions(),
    ...reporterOptions(),
    new Option('--bundle <file>', 'seal report, samples and masked config into one .tgz'),
    ...outputOptions(),
  )
    .addHelpText('after', ENVIRONMENT)
    .action((flags: VerifyFlags) => run(async () => (await import('./action.ts')).verify, flags));
}

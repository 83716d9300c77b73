import { Command, Option } from 'commander';
import { ROUTING_POLICY_NAMES } from '../../config/routing-policies.ts';
import type { RunAction } from '../shell/action.ts';
import type { VerifyFlags } from './action.ts';
import {
  collect,
  outputOptions,
  reporterOptions,
  withOptions,
  workDirOptions,
} from '../shell/options.ts';
import { LEARNS } from '../../target/settings.ts';
import { targetOptions } from '../shell/target-options.ts';

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
    --threshold 'ttft.p95.ratio < 0.8' --json`;

/** `kvcache verify`. */
export function verifyCommand(run: RunAction): Command {
  const command = new Command('verify').description(
    'Prove on a running deployment whether KV-cache-aware routing works and what it buys.',
  );
  return withOptions(
    command,
    ...targetOptions(),
    ...gatewayOptions(),
    ...experimentOptions(),
    ...workDirOptions(),
    ...reporterOptions(),
    new Option('--bundle <file>', 'seal report, samples and masked config into one .tgz'),
    ...outputOptions(),
  )
    .addHelpText('after', ENVIRONMENT)
    .action((flags: VerifyFlags) => run(async () => (await import('./action.ts')).verify, flags));
}

function gatewayOptions(): Option[] {
  return [
    new Option(
      '--gateway <which>',
      'embedded (default), pixiu (from PATH or PIXIU_SOURCE), a binary’s path, or the URL of a running one',
    ),
    new Option(
      '--routing <policy>',
      'policy of the embedded gateway (default: lookup, without a controller prefix)',
    ).choices(ROUTING_POLICY_NAMES),
    new Option(
      '--learns <how>',
      'how the gateway knows who holds a prefix (default: auto)',
    ).choices(LEARNS),
    new Option(
      '--baseline-gateway <url>',
      'a second gateway, routing off, before the same engines',
    ),
    new Option('--replicas <n>', 'engines behind the gateway (default: as many as are named)'),
    new Option('--session-header <name>', 'request header by which the gateway knows a session'),
    new Option('--metrics-url <url>', 'Prometheus endpoint of the gateway'),
    new Option('--listen-port <port>', 'port of the gateway we start; 0 takes a free one'),
    new Option('--prom-port <port>', 'its metrics port; 0 takes a free one'),
  ];
}

function experimentOptions(): Option[] {
  return [
    new Option('--quick', '8 rounds of 12 requests per arm').conflicts([
      'thorough',
      'untilResolved',
    ]),
    new Option('--thorough', '48 rounds of 40 requests per arm').conflicts(['untilResolved']),
    new Option('--until-resolved', 'until the gain is known to ± margin, or the budget is spent'),
    new Option('--budget <limits>', 'for example time=10m,requests=5000,tokens=2M'),
    new Option('--arms <letters>', 'which of A, B, C, D, N to measure (default: ABCDN)'),
    new Option('--design <kind>', 'order of the blocks: random-blocks (default), abba, sequential'),
    new Option('--rounds <n>', 'blocks per arm (default: 24)'),
    new Option('--requests-per-block <n>', 'measured requests per block (default: 24)'),
    new Option('--concurrency <n>', 'requests in flight (default: 4)'),
    new Option('--prefix-tokens <n>', 'shared tokens of a cacheable prompt (default: 1024)'),
    new Option('--output-tokens <n>', 'tokens to generate per request (default: 8)'),
    new Option('--margin <share>', 'how much slower still counts as no worse (default: 0.05)'),
    new Option(
      '--threshold <rule>',
      "fail unless it holds, for example 'ttft.p95.ratio < 0.8'; repeatable",
    ).argParser(collect),
    new Option('--seed <n>', 'order of blocks and choice of words (default: new each time)'),
    new Option('--nonce <text>', 'makes the prompts new (default: new each time)'),
  ];
}

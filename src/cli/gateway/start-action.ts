import { resolve } from 'node:path';
import { aborted } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { mixSeed } from '../../base/random.ts';
import { type RunningGateway, startGateway } from '../../gateway/gateway.ts';
import type { CliContext } from '../shell/context.ts';
import { ExitCode } from '../shell/exit-codes.ts';
import { gatewayLog, type LogFlags } from './log.ts';
import { wholeNumber } from '../shell/options.ts';
import { readGatewayConfig, watchGatewayConfig } from './config-file.ts';
import { cliError } from '../shell/errors.ts';
import { type Announced, announce } from './announce.ts';
import { reportAsWorker, workerOptions } from './workers/worker.ts';

/** More than any machine has cores for. */
const WORKERS_MAX = 256;

export interface GatewayStartOptions extends LogFlags {
  config: string;
  apiConfig?: string;
  logConfig?: string;
  limitCpus?: string;
  seed: string;
  workers: string;
  json?: boolean;
}

/** Serves until told to stop, then drains. */
export async function gatewayStart(
  options: GatewayStartOptions,
  context: CliContext,
): Promise<ExitCode> {
  const log = gatewayLog(options, context);
  checkLimitCpus(options.limitCpus);
  const workers = wholeNumber('--workers', { min: 1, max: WORKERS_MAX })(options.workers);
  const asWorker = workerOptions(context.clock);
  const isJson = options.json === true;
  if (workers > 1 && !asWorker) {
    const { startWorkers } = await import('./workers/start-workers.ts');
    return startWorkers({ count: workers, isJson, log }, context);
  }
  const file = resolve(context.cwd, options.config);
  const config = readGatewayConfig(file, log);
  for (const name of ['apiConfig', 'logConfig'] as const) {
    if (options[name]) log('warn', `${options[name]} is not read: nothing on the LLM path uses it`);
  }
  const seed = wholeNumber('--seed', { min: 0, max: 0xffff_ffff })(options.seed);
  const gateway = await startGateway(config, {
    clock: context.clock,
    ...asWorker,
    // Two that draw the same would send their new prompts to the same engine.
    seed: asWorker ? mixSeed(seed, asWorker.place) : seed,
    log: (level, message, error) =>
      log(level, error === undefined ? message : `${message}: ${messageOf(error)}`),
  });
  const watching = watchGatewayConfig(file, { gateway, log, context });
  if (asWorker) reportAsWorker(gateway, config, watching.reload);
  else announce(servingOf(gateway), isJson, context);
  await aborted(context.signal);
  watching.stop();
  await gateway.close();
  log('info', 'stopped');
  // Being told to stop is how a server ends well.
  return ExitCode.pass;
}

/** Go would limit its threads; here the number is only checked, as a typo should not pass. */
function checkLimitCpus(text: string | undefined): void {
  if (text === undefined || text === '' || /^\d+$/.test(text)) return;
  throw cliError('NUMBER_INVALID', {
    message: `--limit-cpus is not a whole number: "${text}".`,
    remedy: 'Leave it out: the gateway runs on one core.',
  });
}

function servingOf({ listeners, url, metricsUrl, adminUrl }: RunningGateway): Announced {
  return {
    id: listeners[0]!.name,
    url,
    urls: listeners.map((listener) => listener.url),
    metricsUrl,
    adminUrl,
  };
}

import { resolve } from 'node:path';
import { aborted } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { type RunningGateway, startGateway } from '../../gateway/gateway.ts';
import type { CliContext } from '../shell/context.ts';
import { ExitCode } from '../shell/exit-codes.ts';
import { gatewayLog, type LogFlags } from './log.ts';
import { wholeNumber } from '../shell/options.ts';
import { readGatewayConfig, watchGatewayConfig } from './config-file.ts';
import { cliError } from '../shell/errors.ts';

export interface GatewayStartOptions extends LogFlags {
  config: string;
  apiConfig?: string;
  logConfig?: string;
  limitCpus?: string;
  seed: string;
  json?: boolean;
}

/** Serves until told to stop, then drains. */
export async function gatewayStart(
  options: GatewayStartOptions,
  context: CliContext,
): Promise<ExitCode> {
  const log = gatewayLog(options, context);
  checkLimitCpus(options.limitCpus);
  const file = resolve(context.cwd, options.config);
  const config = readGatewayConfig(file, log);
  for (const name of ['apiConfig', 'logConfig'] as const) {
    if (options[name]) log('warn', `${options[name]} is not read: nothing on the LLM path uses it`);
  }
  const gateway = await startGateway(config, {
    clock: context.clock,
    seed: wholeNumber('--seed', { min: 0, max: 0xffff_ffff })(options.seed),
    log: (level, message, error) =>
      log(level, error === undefined ? message : `${message}: ${messageOf(error)}`),
  });
  const stopWatching = watchGatewayConfig(file, { gateway, log, context });
  announce(gateway, options.json === true, context);
  await aborted(context.signal);
  stopWatching();
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

function announce(gateway: RunningGateway, isJson: boolean, context: CliContext): void {
  const { url, metricsUrl, adminUrl, listeners } = gateway;
  if (isJson) {
    const line = {
      ready: true,
      role: 'gateway',
      id: listeners[0]!.name,
      url,
      metricsUrl: metricsUrl ?? null,
      adminUrl: adminUrl ?? null,
      pid: process.pid,
    };
    context.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  const extras = [metricsUrl && `metrics ${metricsUrl}`, adminUrl && `admin ${adminUrl}`];
  const urls = listeners.map((listener) => listener.url).join(', ');
  context.stderr.write(`gateway ready on ${[urls, ...extras.filter(Boolean)].join(', ')}\n`);
}

import type { Server } from 'node:http';
import { aborted } from '../../../base/clock.ts';
import { createMetricsServer } from '../../../gateway/admin/metrics-server.ts';
import { closeGracefully, listen } from '../../../net/listen.ts';
import type { CliContext } from '../../shell/context.ts';
import { ExitCode } from '../../shell/exit-codes.ts';
import type { GatewayLog } from '../log.ts';
import { announce } from '../announce.ts';
import { Crew } from './crew.ts';
import { mergedMetrics } from './merged-metrics.ts';

export interface WorkersOptions {
  count: number;
  isJson: boolean;
  log: GatewayLog;
}

/**
 * One gateway in several processes that share its listeners. What they remember of what was sent where is
 * exchanged; breakers, cooldowns and requests in flight are each one's own.
 */
export async function startWorkers(
  { count, isJson, log }: WorkersOptions,
  context: CliContext,
): Promise<ExitCode> {
  const { clock, signal } = context;
  const crew = new Crew({ count, clock, log });
  context.onHangup(() => crew.tellAll({ type: 'reload' }));
  const started = await crew.start(signal);
  if (typeof started === 'number') {
    await crew.end();
    // It has said itself why.
    return started as ExitCode;
  }
  const { serving, metrics } = started;
  let server: Server | undefined;
  let metricsUrl: string | undefined;
  if (metrics) {
    server = createMetricsServer(async () => mergedMetrics(await crew.metrics(), count));
    metricsUrl = `${(await listen(server, metrics, 'gateway metrics')).url}/metrics`;
  }
  announce({ ...serving, metricsUrl }, isJson, context);
  await aborted(signal);
  await crew.end();
  if (server) await closeGracefully(server, 0);
  log('info', 'stopped');
  return ExitCode.pass;
}

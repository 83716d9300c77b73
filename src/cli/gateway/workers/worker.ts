import cluster from 'node:cluster';
import type { Clock } from '../../../base/clock.ts';
import type { GatewayConfig } from '../../../config/gateway-config.ts';
import type { RunningGateway } from '../../../gateway/gateway.ts';
import { workerExchange } from '../../../gateway/sharing/worker-exchange.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** What a gateway that is one of several does otherwise; undefined where it is the only one. */
export function workerOptions(clock: Clock) {
  const { worker } = cluster;
  if (!worker) return undefined;
  const channel = {
    get connected() {
      return worker.isConnected();
    },
    send: (message: unknown) => worker.send(message as object),
    on: (event: 'message', listener: (message: unknown) => void) => worker.on(event, listener),
  };
  return { peers: workerExchange(channel, clock), opensMetrics: false, place: worker.id };
}

/** Tells the first process where we serve, and from then on whatever it asks. */
export function reportAsWorker(
  gateway: RunningGateway,
  config: GatewayConfig,
  reload: () => void,
): void {
  const worker = cluster.worker!;
  const tell = (message: FromWorker): void => {
    if (worker.isConnected()) worker.send(message);
  };
  worker.on('message', (message: ToWorker) => {
    if (message.type === 'reload') reload();
    else if (message.type === 'metrics') {
      tell({ type: 'metrics', request: message.request, families: gateway.metrics() });
    }
  });
  const { listeners, url, adminUrl } = gateway;
  const { metricPort: port, extension } = config;
  tell({
    type: 'serving',
    serving: { id: listeners[0]!.name, url, urls: listeners.map((it) => it.url), adminUrl },
    metrics: port === undefined ? undefined : { host: extension.metricHost, port },
  });
}

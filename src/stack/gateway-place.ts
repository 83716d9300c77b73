import { type ListenAddress, reachableUrl } from '../net/listen.ts';
import { freePort } from './free-ports.ts';
import type { GatewayPlace } from './gateway-process.ts';
import type { GatewayProgram } from './gateway-program.ts';

/** Where a gateway should be; port 0 is any. */
export interface WantedGatewayPorts {
  listen: ListenAddress;
  metricPort: number;
  /** The flag or variable that decided, or `default`. */
  source: string;
}

/** Our own gateway takes port 0 and says what it got; a stranger must be told a free one. */
export async function placeGateway(
  { printsReadyLine }: GatewayProgram,
  { listen, metricPort, source }: WantedGatewayPorts,
): Promise<Omit<WantedGatewayPorts, 'source'> & { place: GatewayPlace }> {
  const portOf = async (port: number): Promise<number> =>
    port === 0 && !printsReadyLine ? freePort() : port;
  const at = { ...listen, port: await portOf(listen.port) };
  const metric = await portOf(metricPort);
  const place = {
    url: at.port === 0 ? undefined : reachableUrl(at),
    metricsUrl: metric === 0 ? null : `http://127.0.0.1:${metric}/metrics`,
    source,
  };
  return { listen: at, metricPort: metric, place };
}

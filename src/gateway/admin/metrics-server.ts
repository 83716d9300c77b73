import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  formatMetrics,
  METRICS_CONTENT_TYPE,
  type MetricFamily,
} from '../../protocol/prometheus.ts';

/** Never throws. */
type Collect = () => readonly MetricFamily[] | Promise<readonly MetricFamily[]>;

/** Serves the metrics at every path, as Pixiu's does. */
export function createMetricsServer(collect: Collect): Server {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD', connection: 'close' }).end();
      return;
    }
    void answer(request, response, collect);
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  return server;
}

async function answer(
  { method }: IncomingMessage,
  response: ServerResponse,
  collect: Collect,
): Promise<void> {
  const body = formatMetrics(await collect());
  response.writeHead(200, { 'content-type': METRICS_CONTENT_TYPE });
  response.end(method === 'HEAD' ? undefined : body);
}

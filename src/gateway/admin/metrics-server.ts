import { createServer, type Server } from 'node:http';
import { formatMetrics, METRICS_CONTENT_TYPE } from '../../protocol/prometheus.ts';
import type { MetricRegistry } from '../../protocol/metric-registry.ts';

/** Serves the metrics at every path, as Pixiu's does. */
export function createMetricsServer(registry: MetricRegistry): Server {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD', connection: 'close' }).end();
      return;
    }
    const body = formatMetrics(registry.collect());
    response.writeHead(200, { 'content-type': METRICS_CONTENT_TYPE });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  return server;
}

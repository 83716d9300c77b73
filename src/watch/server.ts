import { createServer, type Server } from 'node:http';
import { printableJson } from '../base/printable.ts';
import { formatMetrics, METRICS_CONTENT_TYPE, type MetricFamily } from '../protocol/prometheus.ts';
import { PAGE } from './page.ts';

export interface WatchView {
  metrics: () => readonly MetricFamily[];
  /** What the page shows, as JSON has it. */
  state: () => unknown;
  isReady: () => boolean;
}

type Answer = readonly [status: number, type: string, body: string];

/** GET `/metrics`, `/healthz`, `/readyz`, `/state` (JSON) and `/` (a page that shows it). */
export function createWatchServer(view: WatchView): Server {
  const answers: Record<string, () => Answer> = {
    '/': () => [200, 'text/html; charset=utf-8', PAGE],
    '/metrics': () => [200, METRICS_CONTENT_TYPE, formatMetrics(view.metrics())],
    '/state': () => [200, 'application/json', printableJson(view.state())],
    '/healthz': () => [200, 'text/plain', 'ok\n'],
    '/readyz': () =>
      view.isReady() ? [200, 'text/plain', 'ok\n'] : [503, 'text/plain', 'nothing read yet\n'],
  };
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '';
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD', connection: 'close' }).end();
      return;
    }
    const answer = Object.hasOwn(answers, path) ? answers[path]! : undefined;
    const [status, type, body] = answer?.() ?? [404, 'text/plain', 'not found\n'];
    response.writeHead(status, {
      'content-type': type,
      'content-security-policy': "default-src 'self' 'unsafe-inline'; img-src data:",
      'cache-control': 'no-store',
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  return server;
}

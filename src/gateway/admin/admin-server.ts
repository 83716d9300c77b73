import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { messageOf } from '../../base/errors.ts';
import { readBody } from '../../net/body.ts';
import { type GatewayAnswer, ROUTE_NOT_FOUND, sendAnswer } from '../listener/answer.ts';
import type { Cluster } from '../balance/cluster.ts';
import type { Generation } from '../generation.ts';
import { parseTarget } from '../listener/request-head.ts';
import { unpack } from '../listener/request-body.ts';

const BODY_BYTES_MAX = 32 * 1024 * 1024;

/**
 * Health, a summary of the config in force, and `POST /explain`. Meant for loopback; shows no
 * secret, changes nothing.
 */
export function createAdminServer(current: () => Generation): Server {
  const server = createServer((request, response) => {
    answer(request, response, current()).catch((error: unknown) => {
      sendAnswer(response, { status: 500, message: 'Failed', error: messageOf(error) });
    });
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 30_000;
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  generation: Generation,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://admin');
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /health':
      sendJson(response, { ok: true, component: 'gateway' });
      return;
    case 'GET /config':
      sendJson(response, summaryOf(generation));
      return;
    case 'POST /explain':
      await explainRequest(request, response, { generation, query: url.searchParams });
      return;
    default:
      sendAnswer(response, {
        status: 404,
        message: 'Not found',
        error: 'the admin listener has GET /health, GET /config and POST /explain',
      });
  }
}

/** The body is what a client would send, `?path=` where it would send it. Nothing goes upstream. */
async function explainRequest(
  request: IncomingMessage,
  response: ServerResponse,
  given: { generation: Generation; query: URLSearchParams },
): Promise<void> {
  const { generation, query } = given;
  const received = await readBody(request, { bytesMax: BODY_BYTES_MAX });
  if (received === 'aborted') return;
  if (typeof received === 'string') {
    sendAnswer(response, { status: 413, message: 'Request body too large', error: 'too large' });
    return;
  }
  const body = await unpack(request, received, BODY_BYTES_MAX);
  const target = parseTarget(query.get('path') ?? '/v1/chat/completions');
  const found = 'status' in target ? target : findRoute(generation, target.path, request);
  if ('status' in found) {
    sendAnswer(response, found);
    return;
  }
  const { cluster, listener, explain } = found;
  const { headers } = request;
  const explanation = await explain({ body, path: found.path, headers, cluster });
  sendJson(response, {
    schema: 'kvcache.explain/v1',
    listener,
    cluster: cluster.config.name,
    ...explanation,
  });
}

function findRoute(generation: Generation, path: string, { headers }: IncomingMessage) {
  for (const { routes, config, explain } of generation.rules) {
    const route = routes.match('POST', path, headers);
    const cluster = route && generation.clusters.get(route.cluster);
    if (cluster) return { path, cluster, explain, listener: config.name };
  }
  return ROUTE_NOT_FOUND satisfies GatewayAnswer;
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

function summaryOf({ config, clusters }: Generation): object {
  return {
    routing: config.extension.routing.policy,
    listeners: config.listeners.map((listener) => ({
      name: listener.name,
      address: listener.address,
      filters: listener.filters.map(({ name }) => name),
      routes: listener.routes.map(({ match, cluster }) => ({ ...match, cluster })),
    })),
    clusters: [...clusters.values()].map(clusterSummary),
  };
}

function clusterSummary({ config, endpoints }: Cluster): object {
  return {
    name: config.name,
    lbPolicy: config.lbPolicy,
    endpoints: endpoints.map((it) => ({
      id: it.config.id,
      address: it.address,
      isHealthy: it.isHealthy,
      inFlight: it.inFlight,
      fallback: it.config.llm.fallback,
      retry: it.config.llm.retry.name,
      hasApiKey: it.config.llm.apiKey !== '',
    })),
  };
}

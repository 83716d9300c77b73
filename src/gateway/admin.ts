import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { sendAnswer } from './answer.ts';
import type { Cluster } from './cluster.ts';
import type { Generation } from './generation.ts';

/** Health and a summary of the config in force. Meant for loopback; shows no secret. */
export function createAdminServer(current: () => Generation): Server {
  const server = createServer((request, response) => answer(request, response, current()));
  server.headersTimeout = 5_000;
  server.requestTimeout = 30_000;
  return server;
}

function answer(request: IncomingMessage, response: ServerResponse, generation: Generation): void {
  const path = (request.url ?? '').split('?')[0];
  switch (`${request.method} ${path}`) {
    case 'GET /health':
      sendJson(response, { ok: true, component: 'gateway' });
      return;
    case 'GET /config':
      sendJson(response, summaryOf(generation));
      return;
    default:
      sendAnswer(response, {
        status: 404,
        message: 'Not found',
        error: 'the admin listener has GET /health and GET /config',
      });
  }
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

function summaryOf({ config, clusters }: Generation): object {
  return {
    compat: config.extension.compat,
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

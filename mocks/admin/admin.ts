import { KvcacheError } from '../../src/base/errors.ts';
import type { Exchange } from '../http-exchange.ts';

/** Answers a path under `/__mock/`; false when there is none. */
export type AdminHandler = (exchange: Exchange) => Promise<boolean>;

/** `rest` is what follows the route's name in the path, decoded. Undefined: the route answers itself. */
export type AdminRoute = (exchange: Exchange, rest: string) => unknown;

/** `METHOD name` → route. */
export type AdminRoutes = Readonly<Record<string, AdminRoute>>;

/** Answered with this status instead of 200. */
export class AdminRefusal {
  readonly status: number;
  readonly message: string;

  constructor(status: number, message: string) {
    this.status = status;
    this.message = message;
  }
}

const PREFIX = '/__mock/';

/** The admin API of one mock: JSON in, JSON out, never part of what a real server publishes. */
export function createAdmin(routes: AdminRoutes): AdminHandler {
  return async (exchange) => {
    const [name = '', ...rest] = exchange.path.slice(PREFIX.length).split('/');
    const route = routes[`${exchange.request.method} ${name}`];
    if (!route) return false;
    try {
      const answer = await route(exchange, decodeURIComponent(rest.join('/')));
      if (answer instanceof AdminRefusal) send(exchange, answer.status, { error: answer.message });
      else if (answer !== undefined) send(exchange, 200, answer);
    } catch (error) {
      if (!(error instanceof KvcacheError)) throw error;
      send(exchange, 400, { error: error.message, code: error.code });
    }
    return true;
  };
}

function send({ reply }: Exchange, status: number, body: unknown): void {
  reply.send(status, ['content-type', 'application/json'], `${JSON.stringify(body)}\n`);
}

import { KvcacheError, messageOf } from '../../src/base/errors.ts';
import type { StrictOptions } from '../../src/schema/strict.ts';
import type { Exchange } from '../http/exchange.ts';
import { mockError } from '../errors.ts';

/** Answers a path under `/__mock/`, also when there is none. */
export type AdminHandler = (exchange: Exchange) => Promise<void>;

/** `rest` is what follows a route that ends with `/`, decoded. Undefined: the route answers itself. */
export type AdminRoute = (exchange: Exchange, rest: string) => unknown;

/** `METHOD path` → route; a path that ends with `/` takes everything below it. */
export type AdminRoutes = Readonly<Record<string, AdminRoute>>;

type RefusalStatus = 400 | 404 | 405 | 409;

/** Answered with this status instead of 200. */
export class AdminRefusal {
  readonly status: RefusalStatus;
  readonly message: string;
  /** Further header fields, flat pairs. */
  readonly fields: readonly string[];

  constructor(status: RefusalStatus, message: string, fields: readonly string[] = []) {
    this.status = status;
    this.message = message;
    this.fields = fields;
  }
}

/** How a body is read by its description; refused with 400. */
export function adminBody(whole: string): StrictOptions {
  return {
    whole,
    invalid: ({ message }) => mockError('BAD_REQUEST', { message }),
  };
}

const PREFIX = '/__mock/';

const CODES: Readonly<Record<RefusalStatus, string>> = {
  400: 'BAD_REQUEST',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  409: 'CONFLICT',
};

/** The admin API of one mock: JSON in, JSON out, never part of what a real server publishes. */
export function createAdmin(routes: AdminRoutes): AdminHandler {
  return async (exchange) => {
    try {
      const answer = await answerOf(routes, exchange);
      if (answer instanceof AdminRefusal) {
        const { status, message, fields } = answer;
        send(exchange, status, { error: message, code: CODES[status] }, fields);
      } else if (answer !== undefined) send(exchange, 200, answer);
    } catch (error) {
      sendFailure(exchange, error);
    }
  };
}

function answerOf(routes: AdminRoutes, exchange: Exchange): unknown {
  const { request, path, bytes, isJson } = exchange;
  const target = path.slice(PREFIX.length);
  const methods = Object.keys(routes)
    .map((name) => name.split(' ') as [string, string])
    .filter(([, pattern]) => isMatch(pattern, target));
  const [, pattern] = methods.find(([method]) => method === request.method) ?? [];
  if (pattern === undefined) {
    if (methods.length === 0) return noSuchPath(routes, target);
    const allowed = methods.map(([method]) => method).join(', ');
    return new AdminRefusal(405, `${path} takes ${allowed}.`, ['allow', allowed]);
  }
  if (bytes.length > 0 && !isJson) return new AdminRefusal(400, 'The body is not valid JSON.');
  const rest = decoded(target.slice(pattern.length));
  if (rest === undefined) return new AdminRefusal(400, 'The path is not validly percent-encoded.');
  return routes[`${request.method} ${pattern}`]!(exchange, rest);
}

function isMatch(pattern: string, target: string): boolean {
  return pattern === target || (pattern.endsWith('/') && target.startsWith(pattern));
}

function noSuchPath(routes: AdminRoutes, target: string): AdminRefusal {
  const names = Object.keys(routes).map((name) => name.split(/[ /]/)[1]!);
  const known = [...new Set(names)].toSorted().join(', ');
  return new AdminRefusal(404, `There is no admin path "${target}". There are: ${known}.`);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function sendFailure(exchange: Exchange, error: unknown): void {
  if (!(error instanceof KvcacheError)) {
    return send(exchange, 500, { error: `The mock failed: ${messageOf(error)}`, code: 'INTERNAL' });
  }
  const { message, code, where, remedy } = error;
  send(exchange, code === 'ENGINE_BUSY' ? 409 : 400, { error: message, code, where, remedy });
}

function send(
  { reply }: Exchange,
  status: number,
  body: unknown,
  fields: readonly string[] = [],
): void {
  reply.send(status, [...fields, 'content-type', 'application/json'], `${JSON.stringify(body)}\n`);
}

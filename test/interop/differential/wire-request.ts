import { type JsonAnswer, send } from '../../helpers/mock-fleet.ts';

/** One request as data. A string body is sent as it is, anything else as JSON. */
export interface WireRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  body?: unknown;
}

export const get = (path: string): WireRequest => ({ method: 'GET', path });
export const post = (path: string, body: unknown): WireRequest => ({ method: 'POST', path, body });

/** A request as a difference names it. */
export function titleOf({ method, path, body }: WireRequest): string {
  return `${method} ${path}${body === undefined ? '' : ` ${JSON.stringify(body, shortened)}`}`;
}

function shortened(_key: string, value: unknown): unknown {
  return Array.isArray(value) && value.length > 8 ? `${value.length} entries` : value;
}

export function sendTo(url: string, { method, path, body }: WireRequest): Promise<JsonAnswer> {
  return send(`${url}${path}`, body, { method });
}

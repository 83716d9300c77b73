import { type JsonAnswer, send } from '../../helpers/mock-fleet.ts';

/** One request as data. A string body is sent as it is, anything else as JSON. */
export interface WireRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'HEAD' | 'OPTIONS';
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export const get = (path: string): WireRequest => ({ method: 'GET', path });
export const post = (path: string, body: unknown): WireRequest => ({ method: 'POST', path, body });

/** A request as a difference names it. */
export function titleOf({ method, path, body, headers }: WireRequest): string {
  const texts = [body, headers].map((it) =>
    it === undefined ? '' : ` ${JSON.stringify(it, shortened)}`,
  );
  return `${method} ${path}${texts.join('')}`;
}

function shortened(_key: string, value: unknown): unknown {
  if (Array.isArray(value) && value.length > 8) return `${value.length} entries`;
  return typeof value === 'string' && value.length > 200 ? `${value.length} characters` : value;
}

export function sendTo(url: string, request: WireRequest): Promise<JsonAnswer> {
  const { method, path, body, headers } = request;
  return send(`${url}${path}`, body, {
    method,
    redirect: 'manual',
    ...(headers && { headers }),
  });
}

import type { Reply } from '../http/reply.ts';
import type { ServedRequest } from '../http/request-reader.ts';
import type { Exchange } from '../http/exchange.ts';
import { isRecord, type JsonRecord } from '../../src/base/json.ts';
import { type Model, readModel } from './models.ts';
import { type Location, noObject, type Problem, problem, Problems } from './pydantic.ts';
import { pythonJsonProblem } from './python-json.ts';

/** An answer of a FastAPI application. */
export interface Answer {
  status: number;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as plain text instead. */
  text?: string;
  /** Further header fields, flat pairs. */
  headers?: readonly string[];
}

export const ok = (body: unknown): Answer => ({ status: 200, body });

/** Any exception: `{"detail": str(e)}`. The text of a bare assert is empty. */
export const failure = (detail: string): Answer => ({ status: 500, body: { detail } });

export const notFound: Answer = { status: 404, body: { detail: 'Not Found' } };

export const methodNotAllowed = (allowed: string): Answer => ({
  status: 405,
  body: { detail: 'Method Not Allowed' },
  headers: ['allow', allowed],
});

/**
 * Starlette sends a path that ends in slashes to the one without them, whatever the method, where
 * that is one of the application's.
 */
export function slashRedirect(
  request: Pick<ServedRequest, 'target' | 'header'>,
  isRoute: (path: string) => boolean,
): Answer | undefined {
  const [path = '', ...query] = request.target.split('?');
  const bare = path.replace(/\/+$/, '');
  if (bare === path || !isRoute(bare)) return undefined;
  const location = `http://${request.header('host') ?? ''}${[bare, ...query].join('?')}`;
  return { status: 307, headers: ['location', location] };
}

const PLAIN_TEXT = ['content-type', 'text/plain; charset=utf-8'];

export function sendAnswer(reply: Reply, { status, body, text, headers = [] }: Answer): void {
  if (text !== undefined) {
    const type = headers.includes('content-type') ? [] : PLAIN_TEXT;
    reply.send(status, [...headers, ...type], text);
  } else if (body === undefined) reply.send(status, headers, '');
  else reply.send(status, [...headers, 'content-type', 'application/json'], JSON.stringify(body));
}

/** A body that is there, is JSON and is an object, as the model describes it. */
export function readBody(exchange: Exchange, model: Model): JsonRecord | Problems {
  const { request, isJson, body, bytes } = exchange;
  const loc = ['body'];
  if (bytes.length === 0) return new Problems([noObject(null, loc)]);
  const isOfJson = JSON_TYPE.test(request.header('content-type') ?? '');
  if (isOfJson && !isJson) return new Problems([brokenJson(bytes, loc)]);
  const given = isOfJson ? body : bytes.toString('utf8');
  return isRecord(given) ? readModel(given, model, loc) : new Problems([noObject(given, loc)]);
}

/** Bodies of other media types are read as text. */
const JSON_TYPE = /^\s*application\/(?:[^;]*\+)?json\s*(?:;|$)/i;

/** @param loc where the body is */
export function brokenJson(bytes: Buffer, loc: Location): Problem {
  const { at, message: error } = pythonJsonProblem(bytes.toString('utf8'));
  const place = { loc: [...loc, at], input: {} };
  return problem('json_invalid', 'JSON decode error', place, { error });
}

export function unprocessable({ list }: Problems): Answer {
  try {
    // What a problem quotes of the body may be nested too deeply to be written.
    JSON.stringify(list);
  } catch {
    return { status: 400, body: { detail: 'There was an error parsing the body' } };
  }
  return { status: 422, body: { detail: list } };
}

import type { Reply } from '../../http/reply.ts';
import type { ServedRequest } from '../../http/request-reader.ts';
import type { Exchange } from '../../http/exchange.ts';
import { isRecord, type JsonRecord } from '../../../src/base/json.ts';
import { integerFrom, readField, type RequestField, type ValidationProblem } from './pydantic.ts';
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
  const location = `http://${request.header('host')}${[bare, ...query].join('?')}`;
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

export type RequestModel = Readonly<Record<string, RequestField>>;

/**
 * Validates a body as pydantic does: unknown fields are ignored in silence, wrong ones give 422 with
 * a list of problems. Returns the fields with defaults filled in.
 */
export function validate(exchange: Exchange, model: RequestModel): { fields: JsonRecord } | Answer {
  const given = bodyOf(exchange);
  if (!('value' in given)) return given;
  const body = given.value;
  const fields: Record<string, unknown> = {};
  const problems: ValidationProblem[] = [];
  for (const [name, field] of Object.entries(model)) {
    const value = body[name];
    const loc = ['body', name];
    if (value === null && field.isNullable === true) fields[name] = null;
    else if (value !== undefined) {
      const reading = readField(value, field, loc);
      if ('value' in reading) fields[name] = reading.value;
      else problems.push(...reading.problems);
    } else if (field.default !== undefined) fields[name] = field.default;
    else problems.push({ type: 'missing', loc, msg: 'Field required', input: body });
  }
  return problems.length > 0 ? unprocessable(problems) : { fields };
}

/** A body that is there, is JSON and is an object; or the answer that refuses it. */
export function bodyOf({ request, isJson, body, bytes }: Exchange): { value: JsonRecord } | Answer {
  if (bytes.length === 0) {
    return unprocessable([{ type: 'missing', loc: ['body'], msg: 'Field required', input: null }]);
  }
  if (!JSON_TYPE.test(request.header('content-type') ?? '')) return noModel(bytes.toString('utf8'));
  if (!isJson) return unprocessable([brokenJson(bytes.toString('utf8'))]);
  return isRecord(body) ? { value: body } : noModel(body);
}

/** Bodies of other media types are read as text. */
const JSON_TYPE = /^\s*application\/(?:[^;]*\+)?json\s*(?:;|$)/i;

function noModel(input: unknown): Answer {
  const msg = 'Input should be a valid dictionary or object to extract fields from';
  return unprocessable([{ type: 'model_attributes_type', loc: ['body'], msg, input }]);
}

/** A query parameter as pydantic reads an integer: undefined when absent, or the answer that refuses it. */
export function integerQuery(query: URLSearchParams, name: string): number | undefined | Answer {
  const input = query.get(name);
  if (input === null) return undefined;
  const number = integerFrom(input);
  if (number !== undefined) return number;
  const msg = 'Input should be a valid integer, unable to parse string as an integer';
  return unprocessable([{ type: 'int_parsing', loc: ['query', name], msg, input }]);
}

function brokenJson(text: string): ValidationProblem {
  const { at, message } = pythonJsonProblem(text);
  const msg = 'JSON decode error';
  return { type: 'json_invalid', loc: ['body', at], msg, input: {}, ctx: { error: message } };
}

export function unprocessable(problems: readonly ValidationProblem[]): Answer {
  try {
    // What a problem quotes of the body may be nested too deeply to be written.
    JSON.stringify(problems);
  } catch {
    return { status: 400, body: { detail: 'There was an error parsing the body' } };
  }
  return { status: 422, body: { detail: problems } };
}

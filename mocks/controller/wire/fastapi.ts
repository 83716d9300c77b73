import type { Reply } from '../../../src/net/wire/reply.ts';
import { isRecord, type JsonRecord } from '../../shape.ts';
import { readField, type RequestField, type ValidationProblem } from './pydantic.ts';
import { pythonJsonProblem } from './python-json.ts';

/** An answer of a FastAPI application. */
export interface Answer {
  status: number;
  body: unknown;
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

export function sendAnswer(reply: Reply, { status, body, headers = [] }: Answer): void {
  if (body === undefined) reply.send(status, headers, '');
  else reply.send(status, [...headers, 'content-type', 'application/json'], JSON.stringify(body));
}

export type RequestModel = Readonly<Record<string, RequestField>>;

/**
 * Validates a body as pydantic does: unknown fields are ignored in silence, wrong ones give 422 with
 * a list of problems. Returns the fields with defaults filled in.
 */
export function validate(
  { isJson, body, bytes }: { isJson: boolean; body: unknown; bytes: Buffer },
  model: RequestModel,
): { fields: JsonRecord } | Answer {
  if (bytes.length === 0) {
    return unprocessable([{ type: 'missing', loc: ['body'], msg: 'Field required', input: null }]);
  }
  if (!isJson) return unprocessable([brokenJson(bytes.toString('utf8'))]);
  if (!isRecord(body)) {
    const msg = 'Input should be a valid dictionary or object to extract fields from';
    return unprocessable([{ type: 'model_attributes_type', loc: ['body'], msg, input: body }]);
  }
  const fields: Record<string, unknown> = {};
  const problems: ValidationProblem[] = [];
  for (const [name, field] of Object.entries(model)) {
    const value = body[name];
    const loc = ['body', name];
    if (value !== undefined) {
      const reading = readField(value, field, loc);
      if ('value' in reading) fields[name] = reading.value;
      else problems.push(...reading.problems);
    } else if (field.default !== undefined) fields[name] = field.default;
    else problems.push({ type: 'missing', loc, msg: 'Field required', input: body });
  }
  return problems.length > 0 ? unprocessable(problems) : { fields };
}

/** A query parameter as pydantic reads an integer: undefined when absent, or the answer that refuses it. */
export function integerQuery(query: URLSearchParams, name: string): number | undefined | Answer {
  const input = query.get(name);
  if (input === null) return undefined;
  if (/^\s*[+-]?\d{1,15}\s*$/.test(input)) return Number(input);
  const msg = 'Input should be a valid integer, unable to parse string as an integer';
  return unprocessable([{ type: 'int_parsing', loc: ['query', name], msg, input }]);
}

function brokenJson(text: string): ValidationProblem {
  const { at, message } = pythonJsonProblem(text);
  const msg = 'JSON decode error';
  return { type: 'json_invalid', loc: ['body', at], msg, input: {}, ctx: { error: message } };
}

function unprocessable(problems: readonly ValidationProblem[]): Answer {
  try {
    // What a problem quotes of the body may be nested too deeply to be written.
    JSON.stringify(problems);
  } catch {
    return { status: 400, body: { detail: 'There was an error parsing the body' } };
  }
  return { status: 422, body: { detail: problems } };
}

import type { Reply } from '../../../src/net/wire/reply.ts';
import { isRecord, type JsonRecord } from '../../shape.ts';
import { pythonJsonProblem } from './python-json.ts';

/** An answer of a FastAPI application. */
export interface Answer {
  status: number;
  body: unknown;
}

export const ok = (body: unknown): Answer => ({ status: 200, body });

/** Any exception: `{"detail": str(e)}`. The text of a bare assert is empty. */
export const failure = (detail: string): Answer => ({ status: 500, body: { detail } });

export const notFound: Answer = { status: 404, body: { detail: 'Not Found' } };
export const methodNotAllowed: Answer = { status: 405, body: { detail: 'Method Not Allowed' } };

export function sendAnswer(reply: Reply, { status, body }: Answer): void {
  if (body === undefined) reply.send(status, [], '');
  else reply.send(status, ['content-type', 'application/json'], JSON.stringify(body));
}

export type FieldKind = 'string' | 'integer' | 'integers' | 'pair' | 'boolean';

/** Field → kind and, when it may be left out, its default. */
export type RequestModel = Readonly<Record<string, { kind: FieldKind; default?: unknown }>>;

interface ValidationProblem {
  type: string;
  loc: readonly (string | number)[];
  msg: string;
  input: unknown;
  ctx?: { error: string };
}

const PROBLEMS: Readonly<Record<FieldKind, { type: string; msg: string }>> = {
  string: { type: 'string_type', msg: 'Input should be a valid string' },
  integer: { type: 'int_type', msg: 'Input should be a valid integer' },
  integers: { type: 'list_type', msg: 'Input should be a valid list' },
  pair: { type: 'tuple_type', msg: 'Input should be a valid tuple' },
  boolean: { type: 'bool_type', msg: 'Input should be a valid boolean' },
};

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
  for (const [name, { kind, default: fallback }] of Object.entries(model)) {
    const value = body[name];
    if (value === undefined) {
      if (fallback !== undefined) fields[name] = fallback;
      else
        problems.push({ type: 'missing', loc: ['body', name], msg: 'Field required', input: body });
    } else if (isOfKind(value, kind)) fields[name] = value;
    else problems.push({ ...PROBLEMS[kind], loc: ['body', name], input: value });
  }
  return problems.length > 0 ? unprocessable(problems) : { fields };
}

function brokenJson(text: string): ValidationProblem {
  const { at, message } = pythonJsonProblem(text);
  const msg = 'JSON decode error';
  return { type: 'json_invalid', loc: ['body', at], msg, input: {}, ctx: { error: message } };
}

function unprocessable(problems: readonly ValidationProblem[]): Answer {
  return { status: 422, body: { detail: problems } };
}

function isOfKind(value: unknown, kind: FieldKind): boolean {
  switch (kind) {
    case 'string':
    case 'boolean':
      return typeof value === kind;
    case 'integer':
      return Number.isInteger(value);
    case 'integers':
      return Array.isArray(value) && value.every((item) => Number.isInteger(item));
    case 'pair':
      return (
        Array.isArray(value) &&
        value.length === 2 &&
        value.every((item) => typeof item === 'string')
      );
  }
}

import type { ServerResponse } from 'node:http';
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

export function sendAnswer(response: ServerResponse, { status, body }: Answer): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, {
    ...(text !== '' && { 'content-type': 'application/json' }),
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

export type FieldKind = 'string' | 'integer' | 'integers' | 'pair' | 'boolean';

export interface RequestField {
  kind: FieldKind;
  /** When it may be left out. */
  default?: unknown;
  /** Of an integer. */
  min?: number;
  /** Of a string: all that it may be. */
  choices?: readonly string[];
}

export type RequestModel = Readonly<Record<string, RequestField>>;

interface ValidationProblem {
  type: string;
  loc: readonly (string | number)[];
  msg: string;
  input: unknown;
  ctx?: object;
}

const PROBLEMS: Readonly<Record<Exclude<FieldKind, 'integer'>, { type: string; msg: string }>> = {
  string: { type: 'string_type', msg: 'Input should be a valid string' },
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
  for (const [name, field] of Object.entries(model)) {
    const value = body[name];
    const loc = ['body', name];
    if (value !== undefined) {
      fields[name] = value;
      problems.push(...problemsOf(value, field, loc));
    } else if (field.default !== undefined) fields[name] = field.default;
    else problems.push({ type: 'missing', loc, msg: 'Field required', input: body });
  }
  return problems.length > 0 ? unprocessable(problems) : { fields };
}

/** Keys in the order of pydantic: type, loc, msg, input, ctx. */
function problemsOf(
  value: unknown,
  { kind, min, choices }: RequestField,
  loc: readonly (string | number)[],
): ValidationProblem[] {
  if (kind === 'integers' && Array.isArray(value)) {
    // Prompts are long, and nearly all of them are right.
    if (value.every((item) => Number.isInteger(item))) return [];
    return value.flatMap((item, index) => integerProblems(item, [...loc, index]));
  }
  if (kind === 'integer') return integerProblems(value, loc, min);
  if (!isOfKind(value, kind)) {
    const { type, msg } = PROBLEMS[kind];
    return [{ type, loc, msg, input: value }];
  }
  if (choices === undefined || choices.includes(value as string)) return [];
  const names = choices.map((choice) => `'${choice}'`);
  const expected = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
  const msg = `Input should be ${expected}`;
  return [{ type: 'literal_error', loc, msg, input: value, ctx: { expected } }];
}

function integerProblems(
  value: unknown,
  loc: readonly (string | number)[],
  min = -Infinity,
): ValidationProblem[] {
  if (!Number.isInteger(value)) {
    const isFraction = typeof value === 'number';
    const type = isFraction ? 'int_from_float' : 'int_type';
    const msg = `Input should be a valid integer${isFraction ? ', got a number with a fractional part' : ''}`;
    return [{ type, loc, msg, input: value }];
  }
  if ((value as number) >= min) return [];
  const msg = `Input should be greater than or equal to ${min}`;
  return [{ type: 'greater_than_equal', loc, msg, input: value, ctx: { ge: min } }];
}

function brokenJson(text: string): ValidationProblem {
  const { at, message } = pythonJsonProblem(text);
  const msg = 'JSON decode error';
  return { type: 'json_invalid', loc: ['body', at], msg, input: {}, ctx: { error: message } };
}

function unprocessable(problems: readonly ValidationProblem[]): Answer {
  return { status: 422, body: { detail: problems } };
}

function isOfKind(value: unknown, kind: Exclude<FieldKind, 'integer'>): boolean {
  switch (kind) {
    case 'string':
    case 'boolean':
      return typeof value === kind;
    case 'integers':
      return Array.isArray(value);
    case 'pair':
      return (
        Array.isArray(value) &&
        value.length === 2 &&
        value.every((item) => typeof item === 'string')
      );
  }
}

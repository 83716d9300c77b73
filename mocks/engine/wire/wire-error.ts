import { STATUS_CODES } from 'node:http';
import type { Reply } from '../../http/reply.ts';
import type { Problem, Problems } from '../../python/pydantic.ts';
import { pythonRepr, pythonStr } from '../../python/python-text.ts';
import type { VllmDialect } from './vllm-version.ts';

/** An error answer as vLLM's OpenAI server writes it. */
export interface WireError {
  status: number;
  type: string;
  message: string;
  param: string | null;
  /** What pydantic finds wrong with the body; the message is made of them. */
  problems?: readonly Problem[];
  /** What newer versions add to the message. */
  addition?: string;
  /** Raised while the body is read: older versions then say it as pydantic does. */
  isEarly?: boolean;
}

/** Fields that are missing or of the wrong type; vLLM answers 400, never 422. */
export function invalid({ list: problems }: Problems): WireError {
  const param = ['body', ...problems[0]!.loc].join('.');
  return { status: 400, type: 'Bad Request', message: '', param, problems };
}

/** A well-formed request this server cannot serve. */
export function badRequest(message: string, param: string | null = null): WireError {
  return { status: 400, type: 'BadRequestError', message, param };
}

/** The same raised with a parameter, and maybe the value that it may not have, as Python writes it. */
export function refused(message: string, param: string, value?: string): WireError {
  const given = value === undefined ? '' : `, value=${value}`;
  return { ...badRequest(message, param), addition: ` (parameter=${param}${given})` };
}

/** The same raised while the body is read. */
export function refusedEarly(message: string, param: string): WireError {
  return { ...refused(message, param), isEarly: true };
}

/** An error of a handler that raises FastAPI's HTTPException. */
export function httpError(status: number, message = STATUS_CODES[status] ?? ''): WireError {
  return { status, type: STATUS_CODES[status] ?? '', message, param: null };
}

export function unknownModel(
  model: string,
  { model: served, dialect }: { model: string; dialect: VllmDialect },
): WireError {
  return {
    status: 404,
    type: 'NotFoundError',
    message: `The model \`${model}\` does not exist.`,
    param: dialect.unknownModelParam,
    addition: ` Valid aliases: ${served}.`,
  };
}

/** `{"error":{message,type,param,code}}`, or the flat shape of the versions before 0.10. */
export function errorBody(told: WireError, dialect: VllmDialect): object {
  const error = worded(told, dialect);
  const { message, type, param, status } = error;
  if (dialect.errorShape === 'flat') {
    return { object: 'error', message, type, param, code: status };
  }
  return { error: { message, type, param, code: status } };
}

/** With the message that the version has for it. */
function worded(error: WireError, { errorWords }: VllmDialect): WireError {
  const { problems, param, message, addition, isEarly } = error;
  if (errorWords === 'short') {
    const early = isEarly && param !== null ? [{ loc: [param], msg: message }] : undefined;
    const entries = (problems ?? early)?.map(shortEntry);
    if (!entries) return error;
    const place = early ? `body.${param}` : param;
    return { ...error, type: 'Bad Request', param: place, message: listed(entries) };
  }
  if (problems) return { ...error, message: listed(problems.map(fullEntry)) };
  return addition === undefined ? error : { ...error, message: message + addition };
}

/** Entries told in full; the rest is counted. */
const ENTRIES_MAX = 10;

function listed(entries: readonly string[]): string {
  const word = entries.length === 1 ? 'error' : 'errors';
  const rest = entries.length - ENTRIES_MAX;
  const lines = entries.slice(0, ENTRIES_MAX).map((entry) => `\n  ${entry}`);
  if (rest > 0) lines.push(`\n  ...and ${rest} more errors`);
  return `${entries.length} validation ${word}:${lines.join('')}`;
}

function shortEntry({ loc, msg }: Pick<Problem, 'loc' | 'msg'>): string {
  const place = ['body', ...loc].map(pythonRepr).join(', ');
  return `{'loc': (${place}${loc.length === 0 ? ',' : ''}), 'msg': '${msg}'}`;
}

function fullEntry({ loc, input, ...problem }: Problem): string {
  const { type, msg, ctx } = problem;
  const place = ['body', ...loc].join('.');
  return pythonRepr({ type, loc: place, msg, input: summary(input), ...(ctx && { ctx }) });
}

const INPUT_CHARACTERS_MAX = 200;

/** Bounded: a body is not to come back once per entry. */
function summary(input: unknown): string {
  if (Array.isArray(input)) return `<list of ${input.length} items>`;
  if (typeof input === 'object' && input !== null) {
    return `<dict of ${Object.keys(input).length} items>`;
  }
  const text = pythonStr(input);
  return text.length > INPUT_CHARACTERS_MAX
    ? `${text.slice(0, INPUT_CHARACTERS_MAX)}...[truncated]`
    : text;
}

export function sendError(
  reply: Reply,
  error: WireError,
  dialect: VllmDialect,
  retryAfterS: number | null = null,
): void {
  const fields = retryAfterS === null ? JSON_TYPE : [...JSON_TYPE, 'retry-after', `${retryAfterS}`];
  reply.send(error.status, fields, JSON.stringify(errorBody(error, dialect)));
}

export function sendJsonText(reply: Reply, status: number, text: string): void {
  reply.send(status, JSON_TYPE, text);
}

const JSON_TYPE: readonly string[] = ['content-type', 'application/json'];

import { STATUS_CODES } from 'node:http';
import type { Reply } from '../../../src/net/wire/reply.ts';
import type { VllmDialect } from './vllm-version.ts';

/** An error answer as vLLM's OpenAI server writes it. */
export interface WireError {
  status: number;
  type: string;
  message: string;
  param: string | null;
}

/** A field that is missing or of the wrong type, or the body when it has no name; vLLM answers 400, never 422. */
export function validationError(field: string, problem: string): WireError {
  const place = field === '' ? `('body',)` : `('body', '${field}')`;
  return {
    status: 400,
    type: 'Bad Request',
    message: `1 validation error:\n  {'loc': ${place}, 'msg': '${problem}'}`,
    param: field === '' ? 'body' : `body.${field}`,
  };
}

/** A well-formed request this server cannot serve. */
export function badRequest(message: string, param: string | null = null): WireError {
  return { status: 400, type: 'BadRequestError', message, param };
}

/** An error the HTTP layer raises: unknown route, wrong method, unreadable body. */
export function httpError(status: number, message = STATUS_CODES[status] ?? ''): WireError {
  return { status, type: STATUS_CODES[status] ?? '', message, param: null };
}

export function unknownModel(model: string, dialect: VllmDialect): WireError {
  return {
    status: 404,
    type: 'NotFoundError',
    message: `The model \`${model}\` does not exist.`,
    param: dialect.unknownModelParam,
  };
}

/** `{"error":{message,type,param,code}}`, or the flat shape of the versions before 0.10. */
export function errorBody(error: WireError, dialect: VllmDialect): object {
  const { message, type, param, status } = error;
  if (dialect.errorShape === 'flat') {
    return { object: 'error', message, type, param, code: status };
  }
  return { error: { message, type, param, code: status } };
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

import type { ServerResponse } from 'node:http';
import { hasBody } from './request-body.ts';

/** An answer the gateway gives itself, in Pixiu's shape `{"status","message","error"}`. */
export interface GatewayAnswer {
  status: number;
  message: string;
  error: string;
  headers?: Readonly<Record<string, string>>;
}

export const ROUTE_NOT_FOUND: GatewayAnswer = {
  status: 404,
  message: 'Route not found',
  error: 'no route matches method and path',
};

export function answerBody(answer: GatewayAnswer): string {
  const { status, message, error } = answer;
  return JSON.stringify({ status, message, error });
}

/** Sends the answer unless a head went out already; then the connection can only be cut. */
export function sendAnswer(response: ServerResponse, answer: GatewayAnswer): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = answerBody(answer);
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    // An unread request body must not be taken for the next request.
    ...(hasBody(response.req) && !response.req.complete && { connection: 'close' }),
    ...answer.headers,
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** The answer as bytes, for a connection whose request never became one. */
export function rawAnswer(answer: GatewayAnswer, reasonPhrase: string): string {
  const body = answerBody(answer);
  return (
    `HTTP/1.1 ${answer.status} ${reasonPhrase}\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
  );
}

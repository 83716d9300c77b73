import { systemErrorCode } from '../base/errors.ts';
import { redactUrl } from '../base/origin.ts';
import { type Answer, jsonOf, seen } from '../net/answer.ts';
import { reasonOf } from '../net/broken-off.ts';
import { type HttpCall, callHttp } from '../net/call.ts';
import { targetError } from './errors.ts';

/**
 * One call to an OpenAI-compatible server whose answer must be JSON with status 200.
 * @throws KvcacheError as `saysWhy` and `acceptAnswer` do; NOT_JSON
 */
export async function callJson(call: HttpCall): Promise<unknown> {
  const answer = await saysWhy(call.url, () => callHttp(call));
  acceptAnswer(answer, call.url);
  return jsonOf(answer, call.url);
}

/**
 * Runs a call and tells a failed TLS handshake from a server that is not there.
 * @throws KvcacheError TLS_FAILED (kind target), or what the call throws
 */
export async function saysWhy<T>(url: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const code = systemErrorCode(error instanceof Error ? error.cause : error) ?? '';
    if (!/^(ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/.test(code))
      throw error;
    const message = `No TLS connection: ${reasonOf(code)}.`;
    throw targetError('TLS_FAILED', { message, where: redactUrl(url), cause: error });
  }
}

/**
 * Passes a 200; says what is really wrong where a bare status would leave the user guessing.
 * @throws KvcacheError UNAUTHORIZED, REDIRECTED, WRONG_SCHEME, MODEL_NOT_FOUND, NO_SUCH_ROUTE, HTTP_ERROR (kind target)
 */
export function acceptAnswer(answer: Answer, url: string): void {
  if (answer.status === 200) return;
  const { code, message, remedy } = COMPLAINTS.find((it) => it.fits(answer))!;
  throw targetError(code, {
    ...seen(answer, redactUrl(url)),
    message: message?.(answer.status),
    remedy,
  });
}

interface Complaint {
  fits: (answer: Answer) => boolean;
  code:
    | 'UNAUTHORIZED'
    | 'REDIRECTED'
    | 'WRONG_SCHEME'
    | 'MODEL_NOT_FOUND'
    | 'NO_SUCH_ROUTE'
    | 'HTTP_ERROR';
  /** Where the code's own say less. */
  message?: (status: number) => string;
  remedy?: string;
}

const refused = (status: number): string => `The server refuses the request: HTTP ${status}.`;
const answered = (status: number): string => `The server answered HTTP ${status}.`;

/** The first that fits is what is wrong; the last fits always. */
const COMPLAINTS: readonly Complaint[] = [
  {
    fits: ({ status }) => status === 401 || status === 403,
    code: 'UNAUTHORIZED',
    message: refused,
  },
  {
    fits: ({ status }) => status >= 300 && status < 400,
    code: 'REDIRECTED',
    message: (status) => `The server sends requests elsewhere: HTTP ${status}.`,
  },
  {
    // Go, nginx and Apache each in their words.
    fits: ({ status, text }) =>
      status === 400 &&
      /http request to an https|http request was sent to https|plain http/i.test(text),
    code: 'WRONG_SCHEME',
  },
  {
    // A 404 may also mean that there is no such route; only the text tells them apart.
    fits: ({ status, text }) =>
      status === 404 && /\bmodel\b/i.test(text) && !text.trimStart().startsWith('<'),
    code: 'MODEL_NOT_FOUND',
  },
  {
    fits: ({ status }) => status === 404 || status === 405,
    code: 'NO_SUCH_ROUTE',
    message: answered,
  },
  {
    fits: ({ status }) => status === 429,
    code: 'HTTP_ERROR',
    message: () => 'The server limits the rate of requests: HTTP 429.',
    remedy: 'Wait, or have the limit raised for this key or address.',
  },
  {
    fits: ({ status }) => status < 500,
    code: 'HTTP_ERROR',
    message: refused,
    remedy:
      'Its answer says what it does not accept; a prompt beyond its context is the usual reason.',
  },
  {
    fits: ({ status }) => status >= 502 && status <= 504,
    code: 'HTTP_ERROR',
    message: answered,
    remedy: 'It, or what stands behind it, is not ready: wait until the model is loaded.',
  },
  {
    fits: () => true,
    code: 'HTTP_ERROR',
    message: answered,
  },
];

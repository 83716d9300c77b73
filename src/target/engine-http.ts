import { KvcacheError, systemErrorCode } from '../base/errors.ts';
import { redactUrl } from '../base/origin.ts';
import { type HttpCall, callHttp, excerpt, jsonOf } from '../net/http-client.ts';

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
    throw new KvcacheError({
      kind: 'target',
      code: 'TLS_FAILED',
      message: `No TLS connection: ${code}.`,
      where: redactUrl(url),
      remedy:
        'Use http:// if the server speaks plain HTTP; for a private certificate authority set NODE_EXTRA_CA_CERTS to its certificate.',
      cause: error,
    });
  }
}

interface Answer {
  status: number;
  text: string;
}

/**
 * Passes a 200; says what is really wrong where a bare status would leave the user guessing.
 * @throws KvcacheError UNAUTHORIZED, REDIRECTED, MODEL_NOT_FOUND, NO_SUCH_ROUTE, HTTP_ERROR (kind target)
 */
export function acceptAnswer(answer: Answer, url: string): void {
  if (answer.status === 200) return;
  const { code, message, remedy } = complaintOf(answer);
  throw new KvcacheError({
    kind: 'target',
    code,
    message,
    where: redactUrl(url),
    details: [excerpt(answer.text)],
    remedy,
  });
}

function complaintOf({ status, text }: Answer): { code: string; message: string; remedy: string } {
  if (status === 401 || status === 403) {
    return {
      code: 'UNAUTHORIZED',
      message: `The server refuses the request: HTTP ${status}.`,
      remedy:
        'Name the environment variable that holds the API key with --api-key-env, for example --api-key-env VLLM_API_KEY.',
    };
  }
  if (status >= 300 && status < 400) {
    return {
      code: 'REDIRECTED',
      message: `The server sends requests elsewhere: HTTP ${status}.`,
      remedy: 'Give the URL it redirects to (curl -sI shows it); redirects are not followed.',
    };
  }
  // A 404 may also mean that there is no such route; only the text tells them apart.
  if (status === 404 && /\bmodel\b/i.test(text) && !text.trimStart().startsWith('<')) {
    return {
      code: 'MODEL_NOT_FOUND',
      message: 'The server does not know the model.',
      remedy: 'Give the served name with --model, or --model auto to take it from /v1/models.',
    };
  }
  return {
    code: status === 404 || status === 405 ? 'NO_SUCH_ROUTE' : 'HTTP_ERROR',
    message: `The server answered HTTP ${status}.`,
    remedy: "Look into the server's log; check that the URL is the API's base URL.",
  };
}

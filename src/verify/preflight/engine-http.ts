import { KvcacheError, systemErrorCode } from '../../base/errors.ts';
import {
  type HttpAnswer,
  type HttpCall,
  callHttp,
  excerpt,
  jsonOf,
} from '../../net/http-client.ts';
import { redactUrl } from '../../net/redact.ts';

/**
 * One call to an OpenAI-compatible server whose answer must be JSON with status 200.
 * Says what is really wrong where a bare status would leave the user guessing.
 * @throws KvcacheError UNREACHABLE, TIMEOUT, TLS_FAILED, UNAUTHORIZED, MODEL_NOT_FOUND, NO_SUCH_ROUTE,
 * NOT_JSON, HTTP_ERROR (kind target)
 */
export async function callJson(call: HttpCall): Promise<{ answer: HttpAnswer; json: unknown }> {
  const answer = await callWithTls(call);
  if (answer.status === 401 || answer.status === 403) throw unauthorized(call, answer);
  if (answer.status === 200) return { answer, json: jsonOf(answer, call.url) };
  if (isUnknownModel(answer)) throw modelNotFound(call, answer);
  throw new KvcacheError({
    kind: 'target',
    code: answer.status === 404 || answer.status === 405 ? 'NO_SUCH_ROUTE' : 'HTTP_ERROR',
    message: `The server answered HTTP ${answer.status}.`,
    where: redactUrl(call.url),
    details: [excerpt(answer.text)],
    remedy: "Look into the server's log; check that the URL is the API's base URL.",
  });
}

async function callWithTls(call: HttpCall): Promise<HttpAnswer> {
  try {
    return await callHttp(call);
  } catch (error) {
    const code = systemErrorCode(error instanceof Error ? error.cause : error) ?? '';
    if (!/^(ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/.test(code))
      throw error;
    throw new KvcacheError({
      kind: 'target',
      code: 'TLS_FAILED',
      message: `No TLS connection: ${code}.`,
      where: redactUrl(call.url),
      remedy:
        'Use http:// if the server speaks plain HTTP; for a private certificate authority set NODE_EXTRA_CA_CERTS to its certificate.',
      cause: error,
    });
  }
}

function unauthorized(call: HttpCall, answer: HttpAnswer): KvcacheError {
  return new KvcacheError({
    kind: 'target',
    code: 'UNAUTHORIZED',
    message: `The server refuses the request: HTTP ${answer.status}.`,
    where: redactUrl(call.url),
    details: [excerpt(answer.text)],
    remedy:
      'Name the environment variable that holds the API key with --api-key-env, for example --api-key-env VLLM_API_KEY.',
  });
}

/** A 404 may also mean that there is no such route; only the text tells them apart. */
function isUnknownModel({ status, text }: HttpAnswer): boolean {
  return status === 404 && /\bmodel\b/i.test(text) && !text.trimStart().startsWith('<');
}

function modelNotFound(call: HttpCall, answer: HttpAnswer): KvcacheError {
  return new KvcacheError({
    kind: 'target',
    code: 'MODEL_NOT_FOUND',
    message: 'The server does not know the model.',
    where: redactUrl(call.url),
    details: [excerpt(answer.text)],
    remedy: 'Give the served name with --model, or --model auto to take it from /v1/models.',
  });
}

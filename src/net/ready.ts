import type { Clock } from '../base/clock.ts';
import { redactUrl } from '../base/origin.ts';
import { messageOf } from '../base/errors.ts';
import { type Access, accessBy } from './access.ts';
import { pollUntil } from '../base/poll.ts';
import { excerpt } from './answer.ts';
import { callHttp, type HttpAnswer } from './call.ts';
import { netError } from './errors.ts';

export interface ReadyProbe {
  /** Names the server in the error: "mock controller". */
  role: string;
  url: string;
  /** Default: nothing is sent along, and certificates are believed as Node does. */
  access?: Access;
  /** Sent with POST when given; GET otherwise. */
  json?: unknown;
  /** Whether this answer means ready. */
  accepts: (answer: HttpAnswer) => boolean;
  /** Bound on one attempt, for a server that is up and slow; default 2 s. */
  attemptMs?: number;
  deadlineMs: number;
  clock: Clock;
  signal?: AbortSignal | undefined;
}

/** One attempt may hang on a half-open server; the next may not. */
const ATTEMPT_TIMEOUT_MS = 2_000;

/**
 * Asks until the server gives an accepted answer.
 * @throws KvcacheError NOT_READY (kind target) with what was seen last; the signal's reason when aborted
 */
export async function waitUntilReady(probe: ReadyProbe): Promise<HttpAnswer> {
  const { url, json, clock, deadlineMs, signal, attemptMs = ATTEMPT_TIMEOUT_MS } = probe;
  const { headers, tls } = probe.access ?? accessBy('');
  let last = 'nothing was tried';
  const attempt = async (): Promise<HttpAnswer | undefined> => {
    try {
      const answer = await callHttp({ url, json, headers, tls, timeoutMs: attemptMs, signal });
      if (probe.accepts(answer)) return answer;
      last = `HTTP ${answer.status}: ${excerpt(answer.text)}`;
    } catch (error) {
      if (signal?.aborted) throw error;
      last = messageOf(error);
    }
    return undefined;
  };
  const answer = await pollUntil(attempt, { clock, deadlineMs, maxIntervalMs: 50, signal });
  if (answer !== undefined) return answer;
  throw netError('NOT_READY', {
    message: `The ${probe.role} was not ready within ${deadlineMs / 1_000} s.`,
    where: redactUrl(probe.url),
    details: [last],
    remedy: 'Check that it is running, and that host and port of the URL are right.',
  });
}

/** Whether the server answers `/health` with 200 right now. */
export async function isHealthy(baseUrl: string, signal?: AbortSignal): Promise<boolean> {
  try {
    return (await callHttp({ url: `${baseUrl}/health`, timeoutMs: 1_000, signal })).status === 200;
  } catch (error) {
    if (signal?.aborted) throw error;
    return false;
  }
}

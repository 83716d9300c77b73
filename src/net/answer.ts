import { parseJson, readJson } from '../base/json.ts';
import { type KvcacheError, messageOf, systemErrorCode } from '../base/errors.ts';
import { redactUrl } from '../base/origin.ts';
import { formatDuration } from '../base/duration.ts';
import { printable } from '../base/printable.ts';
import { reasonOf } from './broken-off.ts';
import { netError } from './errors.ts';

/** An answer read whole, whatever its status. */
export interface Answer {
  status: number;
  text: string;
}

/**
 * The answer's body as JSON, whatever its status.
 * @throws KvcacheError NOT_JSON (kind target) with an excerpt of the body
 */
export function jsonOf(answer: Answer, url: string): unknown {
  try {
    return readJson(answer.text);
  } catch (cause) {
    throw netError('NOT_JSON', {
      ...seen(answer, redactUrl(url)),
      message: `The answer (HTTP ${answer.status}) is not JSON.`,
      cause,
    });
  }
}

/** The body of a 200 as JSON; undefined for any other answer. */
export function jsonIfOk({ status, text }: Answer): unknown {
  return status === 200 ? parseJson(text) : undefined;
}

/**
 * What an error says of an answer that is not what was asked for.
 * @param where a URL without credentials, here and below
 */
export function seen({ text }: Answer, where: string): { where: string; details: string[] } {
  return { where, details: [excerpt(text)] };
}

/** First characters of a body on one line, for error messages. */
export function excerpt(text: string, maxLength = 300): string {
  // A body of many megabytes costs no more than its beginning.
  const line = printable(text.slice(0, 4 * maxLength))
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line || '(empty body)';
}

export function answerTooLarge(where: string, bytesMax: number): KvcacheError {
  const message = `The answer is larger than ${bytesMax} bytes.`;
  return netError('ANSWER_TOO_LARGE', { message, where });
}

export function noAnswer(where: string, timeoutMs: number, cause?: unknown): KvcacheError {
  const message = `No answer within ${formatDuration(timeoutMs)}.`;
  return netError('TIMEOUT', { message, where, cause });
}

export function unreachable(where: string, cause: unknown): KvcacheError {
  const code = systemErrorCode(cause);
  const reason = reasonOf(code === 'UND_ERR_SOCKET' ? 'ECONNRESET' : (code ?? messageOf(cause)));
  return netError('UNREACHABLE', { message: `Cannot reach the server: ${reason}.`, where, cause });
}

import type { KvcacheError } from '../../base/errors.ts';
import { readJson } from '../../base/json.ts';
import type { Dialect, Layout } from '../../protocol/lmcache.ts';
import { type Answer, seen } from '../answer.ts';
import { netError } from '../errors.ts';

/** A prompt as controllers take it. */
export interface PromptTokens {
  /** The token ids as a JSON array, serialised once and sent as it is. */
  json: string;
  count: number;
  /** The body of POST /lookup, made by its first use: most prompts that come again are looked up again. */
  lookupBody?: Buffer;
}

export interface PromptIdentity {
  tokens: PromptTokens;
  /** The name it is served under. */
  model: string;
  /** Empty unless the client isolates its cache entries. */
  cacheSalt: string;
}

export interface CallBudget {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** What is done to a prompt's cache entries on one instance. */
export type CacheOperation =
  | { name: 'pin'; instanceId: string; location: string }
  | { name: 'compress'; instanceId: string; location: string; method: string }
  | { name: 'evict'; instanceId: string };

/**
 * Speaks one controller dialect. Both calls throw a `KvcacheError` of kind target:
 * UNREACHABLE and TIMEOUT (network), CONTROLLER_ERROR (5xx), CONTROLLER_REJECTED (4xx),
 * CONTROLLER_WRONG_DIALECT (an answer of another wire), CONTROLLER_UNSUPPORTED (no such operation),
 * CONTROLLER_NO_DIRECTORY (a coordinator too old for lookups).
 */
export interface ControllerDriver {
  readonly dialect: Dialect;
  lookup(prompt: PromptIdentity, budget: CallBudget): Promise<Layout>;
  /** Resolves to the number of tokens the controller says it touched; undefined when it says none. */
  apply(
    operation: CacheOperation,
    prompt: PromptIdentity,
    budget: CallBudget,
  ): Promise<number | undefined>;
}

/** As `acceptedJson` for the call that makes a dialect what it is: without it, the server is another one. */
export function acceptedLookup(answer: Answer, where: string): unknown {
  const isMissing = answer.status === 404 || answer.status === 405;
  if (isMissing) throw wrongDialect(where, answer);
  return acceptedJson(answer, where);
}

/** The parsed body of a 2xx answer. @throws KvcacheError CONTROLLER_ERROR, _REJECTED, _WRONG_DIALECT */
export function acceptedJson(answer: Answer, where: string): unknown {
  if (answer.status >= 200 && answer.status < 300) {
    try {
      return readJson(answer.text);
    } catch (cause) {
      throw wrongDialect(where, answer, cause);
    }
  }
  const told = {
    ...seen(answer, where),
    message: `The controller answered HTTP ${answer.status}.`,
  };
  if (answer.status < 500) throw netError('CONTROLLER_REJECTED', told);
  const remedy =
    "Look into the controller's log; an unknown instance id is answered 500 without a text.";
  throw netError('CONTROLLER_ERROR', { ...told, remedy });
}

export function wrongDialect(where: string, answer: Answer, cause?: unknown): KvcacheError {
  return netError('CONTROLLER_WRONG_DIALECT', { ...seen(answer, where), cause });
}

export function unsupported(operation: string, where: string): KvcacheError {
  return netError('CONTROLLER_UNSUPPORTED', {
    message: `This controller has no operation "${operation}".`,
    where,
    remedy: `Switch the ${operation} strategy off; LMCache evicts by itself.`,
  });
}

import { KvcacheError } from '../../src/base/errors.ts';
import { isRecord, type JsonRecord, type Shape, shapeProblem } from '../shape.ts';

/** Conditions of a rule; all that are given must hold. */
export interface FaultConditions {
  /** Path of the request, exact. */
  route?: string;
  /** Id of the engine or controller. */
  engine?: string;
  model?: string;
  /** Header name (lower case) → exact value. */
  header?: Readonly<Record<string, string>>;
  /** Dotted path into the JSON body → value, compared as JSON. */
  bodyPath?: Readonly<Record<string, unknown>>;
  /** Only the nth request that the other conditions let through, counted from 1. */
  nth?: number;
  /** Every k-th of them. */
  every?: number;
  /** Share of them, drawn from the request's own random stream. */
  probability?: number;
  /** Since the mock started. */
  afterMs?: number;
  untilMs?: number;
  /** At least this many requests waiting in the engine. */
  minQueue?: number;
}

export interface FaultActions {
  /** Answers at once with this status; `body` is sent as it is. */
  status: { code: number; body?: unknown; retryAfter?: number };
  /** Waits before the request is looked at; jittered when `cv` is given. */
  delay: { ms: number; cv?: number };
  /** Accepts the request and says nothing, then closes the connection. */
  hang: { ms?: number };
  /** Multiplies the request's modelled times. */
  slow: { factor: number };
  resetBeforeHeaders: Readonly<Record<string, never>>;
  /** Closes the connection after this many output tokens or milliseconds. */
  closeAfter: { tokens?: number; ms?: number; mode?: 'fin' | 'rst' };
  /** Holds back everything after this many output tokens for a while. */
  stallAfter: { tokens: number; ms: number };
  /** Ends a stream with vLLM's mid-stream error frame. */
  errorEvent: { afterTokens: number };
  /** Ends a stream without `[DONE]`. */
  omitDone: Readonly<Record<string, never>>;
  /** Breaks the JSON of the nth frame of a stream, counted from 1. */
  badFrame: { at: number };
  /** Ends a JSON answer after this many bytes, under its full content length. */
  truncateJson: { bytes: number };
  /** `/health` answers 503; with `flapMs` it changes state every so often. */
  health: { state: 'down'; flapMs?: number };
  /** `/metrics` repeats what it said, for this long. */
  metrics: { freezeMs: number };
  /** KV events get lost, repeated, or swapped with the next one. */
  kvEvents: { drop?: number; dup?: number; reorder?: number };
  /** The controller answers lookups with nothing (`empty`), or names an instance that holds nothing. */
  lookup: { lie: string };
  /** The engine dies: connections break, the cache is lost unless kept; it comes back after a while. */
  crash: { downMs: number; keepCache?: boolean };
}

export type FaultKind = keyof FaultActions;

/** One action with its parameters: `{ status: { code: 503 } }`. */
export type FaultAction = {
  [Kind in FaultKind]: { kind: Kind } & FaultActions[Kind];
}[FaultKind];

export interface FaultRule {
  when: FaultConditions;
  /** Spent after so many uses; unlimited by default. */
  times: number;
  action: FaultAction;
}

const ACTION_SHAPES: Readonly<Record<FaultKind, Shape>> = {
  status: { code: 'number', body: 'any?', retryAfter: 'number?' },
  delay: { ms: 'number', cv: 'number?' },
  hang: { ms: 'number?' },
  slow: { factor: 'number' },
  resetBeforeHeaders: {},
  closeAfter: { tokens: 'number?', ms: 'number?', mode: 'string?' },
  stallAfter: { tokens: 'number', ms: 'number' },
  errorEvent: { afterTokens: 'number' },
  omitDone: {},
  badFrame: { at: 'number' },
  truncateJson: { bytes: 'number' },
  health: { state: 'string', flapMs: 'number?' },
  metrics: { freezeMs: 'number' },
  kvEvents: { drop: 'number?', dup: 'number?', reorder: 'number?' },
  lookup: { lie: 'string' },
  crash: { downMs: 'number', keepCache: 'boolean?' },
};

const CONDITION_SHAPE: Shape = {
  route: 'string?',
  engine: 'string?',
  model: 'string?',
  header: 'any?',
  bodyPath: 'any?',
  nth: 'number?',
  every: 'number?',
  probability: 'number?',
  afterMs: 'number?',
  untilMs: 'number?',
  minQueue: 'number?',
};

/**
 * Reads rules as a file or the admin API gives them: a list of `{when, times, do}`.
 * @throws KvcacheError FAULT_RULE_INVALID (kind usage) naming the rule and the key
 */
export function readFaultRules(value: unknown): FaultRule[] {
  if (!Array.isArray(value)) throw invalid('Fault rules must be a list.');
  return value.map((rule, index) => readRule(rule, `rules[${index}]`));
}

function readRule(value: unknown, where: string): FaultRule {
  if (!isRecord(value)) throw invalid(`${where} must be an object.`);
  const { when = {}, times = Infinity, do: action, ...rest } = value;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw invalid(`${where} has an unknown key "${unknown}".`);
  if (typeof times !== 'number' || times < 1) throw invalid(`${where}.times must be at least 1.`);
  if (!isRecord(when)) throw invalid(`${where}.when must be an object.`);
  checkShape(when, CONDITION_SHAPE, `${where}.when`);
  return { when, times, action: readAction(action, `${where}.do`) };
}

function readAction(value: unknown, where: string): FaultAction {
  const [kind, ...others] = isRecord(value) ? Object.keys(value) : [];
  if (!isRecord(value) || kind === undefined || others.length > 0) {
    throw invalid(`${where} must name exactly one fault.`);
  }
  if (!Object.hasOwn(ACTION_SHAPES, kind)) {
    throw invalid(`${where} names an unknown fault "${kind}".`);
  }
  const parameters = value[kind] ?? {};
  if (!isRecord(parameters)) throw invalid(`${where}.${kind} must be an object.`);
  checkShape(parameters, ACTION_SHAPES[kind as FaultKind], `${where}.${kind}`);
  const action = { ...parameters, kind } as FaultAction;
  if (action.kind === 'status' && !isFinalStatus(action.code)) {
    throw invalid(`${where}.status.code must be a whole number from 200 to 999.`);
  }
  return action;
}

/** After an interim status (1xx) a client would wait for the answer for ever. */
function isFinalStatus(code: number): boolean {
  return Number.isInteger(code) && code >= 200 && code <= 999;
}

/**
 * Reads the `x-mock-fault` header: `status:code=503,retryAfter=1`, `omitDone`.
 * @throws KvcacheError FAULT_RULE_INVALID (kind usage)
 */
export function readFaultHeader(text: string): FaultAction {
  const [kind = '', rest = ''] = text.split(/:(.*)/s, 2);
  const parameters = rest
    .split(',')
    .filter((pair) => pair.trim() !== '')
    .map((pair) => {
      const [name = '', value = ''] = pair.split(/=(.*)/s, 2).map((part) => part.trim());
      return [name, readScalar(value)] as const;
    });
  return readAction({ [kind.trim()]: Object.fromEntries(parameters) }, 'x-mock-fault');
}

function readScalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

function checkShape(value: JsonRecord, shape: Shape, where: string): void {
  const problem = shapeProblem(value, shape, where);
  if (problem !== undefined) throw invalid(problem);
}

function invalid(message: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'FAULT_RULE_INVALID',
    message,
    remedy: 'docs/mocks.md lists every fault with its parameters.',
  });
}

import { KvcacheError } from '../../src/base/errors.ts';
import { isRecord, type JsonRecord } from '../shape.ts';
import {
  CONDITIONS,
  type Members,
  membersProblem,
  ONE_OF_PARAMETERS,
  PARAMETERS,
  quoted,
  TIMES,
} from './fault-members.ts';

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
  /** Stretches every step of the engine the request takes part in, for the others in it too. */
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

/**
 * Reads rules as a file or the admin API gives them: a list of `{when, times, do}`.
 * @param where what messages call the list
 * @throws KvcacheError FAULT_RULE_INVALID (kind usage) naming the rule and the key
 */
export function readFaultRules(value: unknown, where = 'rules'): FaultRule[] {
  if (!Array.isArray(value)) throw faultInvalid(`${where} must be a list of fault rules.`);
  return value.map((rule, index) => readRule(rule, `${where}[${index}]`));
}

/** The list itself, or the one in `{rules: […]}`. */
export function ruleList(value: unknown): unknown {
  return isRecord(value) ? value['rules'] : value;
}

/** A rule as `readFaultRules` takes it. */
export function writeFaultRule({ when, times, action }: FaultRule): object {
  const { kind, ...parameters } = action;
  return { when, ...(times !== Infinity && { times }), do: { [kind]: parameters } };
}

function readRule(value: unknown, where: string): FaultRule {
  if (!isRecord(value)) throw faultInvalid(`${where} must be an object.`);
  const { when = {}, times, do: action, ...rest } = value;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw faultInvalid(
      `${where} has an unknown key ${quoted(unknown)}. Known keys: when, times, do.`,
    );
  }
  if (times !== undefined && !TIMES.accepts(times)) {
    throw faultInvalid(`${where}.times must be ${TIMES.expected}.`);
  }
  return {
    when: readConditions(when, `${where}.when`),
    times: (times as number | undefined) ?? Infinity,
    action: readAction(action, `${where}.do`),
  };
}

function readConditions(value: unknown, where: string): FaultConditions {
  if (!isRecord(value)) throw faultInvalid(`${where} must be an object.`);
  assertMembers(value, CONDITIONS, where);
  const when: FaultConditions = value;
  if (when.untilMs !== undefined && when.untilMs <= (when.afterMs ?? 0)) {
    throw faultInvalid(`${where}.untilMs must be greater than afterMs, which is 0 unless given.`);
  }
  if (!when.header) return when;
  const header = Object.entries(when.header).map(([name, text]) => [name.toLowerCase(), text]);
  return { ...when, header: Object.fromEntries(header) as Record<string, string> };
}

/** @throws KvcacheError FAULT_RULE_INVALID (kind usage) */
export function readAction(value: unknown, where: string): FaultAction {
  const [kind, ...others] = isRecord(value) ? Object.keys(value) : [];
  if (!isRecord(value) || kind === undefined || others.length > 0) {
    throw faultInvalid(`${where} must name exactly one fault, as in {status: {code: 503}}.`);
  }
  if (!isFaultKind(kind)) {
    const known = Object.keys(PARAMETERS).join(', ');
    throw faultInvalid(`${where} names an unknown fault ${quoted(kind)}. Known faults: ${known}.`);
  }
  const parameters = value[kind] ?? {};
  if (!isRecord(parameters)) throw faultInvalid(`${where}.${kind} must be an object.`);
  assertMembers(parameters, PARAMETERS[kind], `${where}.${kind}`);
  const needed = ONE_OF_PARAMETERS[kind];
  if (needed?.every((name) => parameters[name] === undefined)) {
    throw faultInvalid(`${where}.${kind} needs ${needed.join(' or ')}.`);
  }
  return { ...parameters, kind } as FaultAction;
}

export function isFaultKind(name: string): name is FaultKind {
  return Object.hasOwn(PARAMETERS, name);
}

function assertMembers(value: JsonRecord, members: Members, where: string): void {
  const problem = membersProblem(value, members, where);
  if (problem !== undefined) throw faultInvalid(problem);
}

/** The error of a rule or header that cannot be read. */
export function faultInvalid(message: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'FAULT_RULE_INVALID',
    message,
    remedy: 'docs/mocks.md lists every fault with its parameters.',
  });
}

import { KvcacheError } from '../../src/base/errors.ts';
import { isRecord, type JsonRecord } from '../shape.ts';
import { FAULTS, type FaultKind, isFaultKind } from './kinds/index.ts';
import {
  COUNT,
  DURATION,
  type Members,
  type MembersOf,
  membersProblem,
  optional,
  ORDINAL,
  quoted,
  RECORD,
  SHARE,
  TEXT,
  TEXTS,
} from './members.ts';

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

const CONDITIONS: MembersOf<FaultConditions> = {
  route: optional(TEXT),
  engine: optional(TEXT),
  model: optional(TEXT),
  header: TEXTS,
  bodyPath: RECORD,
  nth: optional(ORDINAL),
  every: optional(ORDINAL),
  probability: optional(SHARE),
  afterMs: optional(DURATION),
  untilMs: optional(DURATION),
  minQueue: optional(COUNT),
};

/** One fault with its parameters. */
export interface FaultAction {
  kind: FaultKind;
  parameters: JsonRecord;
}

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
  const { kind, parameters } = action;
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
  if (times !== undefined && !ORDINAL.accepts(times)) {
    throw faultInvalid(`${where}.times must be ${ORDINAL.expected}.`);
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
    const known = Object.keys(FAULTS).join(', ');
    throw faultInvalid(`${where} names an unknown fault ${quoted(kind)}. Known faults: ${known}.`);
  }
  const parameters = value[kind] ?? {};
  if (!isRecord(parameters)) throw faultInvalid(`${where}.${kind} must be an object.`);
  const fault = FAULTS[kind];
  assertMembers(parameters, fault.parameters, `${where}.${kind}`);
  const { needsOneOf } = fault;
  if (needsOneOf?.every((name) => parameters[name] === undefined)) {
    throw faultInvalid(`${where}.${kind} needs ${needsOneOf.join(' or ')}.`);
  }
  return { kind, parameters };
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

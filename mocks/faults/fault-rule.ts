import type { KvcacheError } from '../../src/base/errors.ts';
import {
  anything,
  anyValue,
  checked,
  integer,
  list,
  map,
  number,
  object,
  optional,
  required,
  text,
  type ValueOf,
} from '../../src/schema/describe.ts';
import { formatPlace, plainNode, type SourceNode } from '../../src/schema/node.ts';
import { quoted } from '../../src/schema/sentences.ts';
import { readStrict, type Refusal } from '../../src/schema/strict.ts';
import type { JsonRecord } from '../../src/base/json.ts';
import { FAULTS, type FaultKind, isFaultKind } from './kinds/index.ts';
import { mockError } from '../errors.ts';

const conditions = checked(
  object('Conditions of a rule; all that are given must hold.', {
    route: optional(text('Path of the request, exact.')),
    engine: optional(text('Id of the engine or controller.')),
    model: optional(text('The one the body names.')),
    header: optional(map('Name to exact value.', text('', '', { mayBeEmpty: true }))),
    bodyPath: optional(map('Dotted path into the JSON body to value.', anyValue(''))),
    nth: optional(integer('Only this one of those let through by the rest.', 1, { min: 1 })),
    every: optional(integer('Every so many of them.', 1, { min: 1 })),
    probability: optional(
      number("Share of them, drawn from the request's own random stream.", 1, { min: 0, max: 1 }),
    ),
    afterMs: optional(number('Since the mock started.', 0, { min: 0 })),
    untilMs: optional(number('Since the mock started.', 0, { min: 0 })),
    minQueue: optional(integer('At least so many requests wait in the engine.', 0)),
  }),
  ({ afterMs = 0, untilMs = Infinity }) =>
    untilMs > afterMs
      ? undefined
      : 'must have an untilMs greater than afterMs, which is 0 unless given.',
);

const rule = object('A rule.', {
  when: conditions,
  times: optional(integer('Spent after so many uses; unlimited by default.', 1, { min: 1 })),
  do: required(anything('The fault.')),
});

export type FaultConditions = ValueOf<typeof conditions>;

/** One fault with its parameters. */
export interface FaultAction {
  kind: FaultKind;
  parameters: JsonRecord;
}

export interface FaultRule {
  when: FaultConditions;
  times: number;
  action: FaultAction;
}

/**
 * Reads rules as a file or the admin API gives them: a list of `{when, times, do}`.
 * @param path what messages call the list
 * @throws KvcacheError FAULT_RULE_INVALID (kind usage) naming the rule and the key
 */
export function readFaultRules(node: SourceNode, path = 'rules'): FaultRule[] {
  const rules = readStrict(list('Rules.', rule), node, {
    whole: path,
    path,
    invalid: faultInvalid,
  });
  return rules.map(({ when, times = Infinity, do: action }, index) => ({
    when: { ...when, ...(when.header && { header: lowerCased(when.header) }) },
    times,
    action: readAction(action, `${path}[${index}].do`),
  }));
}

/** The list itself, the one in `{rules: […]}`, or an empty one of an empty file. */
export function ruleList(node: SourceNode): SourceNode {
  if (node.kind === 'scalar' && node.isNull) return plainNode([], 'rules');
  const entry = node.kind === 'map' && node.entries.find(({ key }) => key === 'rules');
  return entry ? entry.value : node;
}

/** A rule as `readFaultRules` takes it. */
export function writeFaultRule({ when, times, action }: FaultRule): object {
  const { kind, parameters } = action;
  return { when, ...(times !== Infinity && { times }), do: { [kind]: parameters } };
}

/** Header names are found in any case. */
export function lowerCased(header: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(header);
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
}

/**
 * Reads `{kind: {…parameters}}`; null stands for no parameters.
 * @throws KvcacheError FAULT_RULE_INVALID (kind usage)
 */
export function readAction(node: SourceNode, path: string): FaultAction {
  const where = formatPlace(node.place);
  const [entry, ...others] = node.kind === 'map' ? node.entries : [];
  if (entry === undefined || others.length > 0) {
    const message = `${path} must name exactly one fault, as in {status: {code: 503}}.`;
    throw faultInvalid({ message, where });
  }
  const { key: kind, value } = entry;
  if (!isFaultKind(kind)) {
    const known = Object.keys(FAULTS).join(', ');
    const message = `${path} names an unknown fault ${quoted(kind)}. Known faults: ${known}.`;
    throw faultInvalid({ message, where });
  }
  const within = `${path}.${kind}`;
  const given = value.kind === 'scalar' && value.isNull ? plainNode({}, within) : value;
  const options = { whole: within, path: within, invalid: faultInvalid };
  return { kind, parameters: readStrict(FAULTS[kind].parameters, given, options) };
}

/** The error of a rule or header that cannot be read. */
export function faultInvalid({ message, where }: Refusal): KvcacheError {
  return mockError('FAULT_RULE_INVALID', { message, where });
}

import {
  checked,
  integer,
  list,
  map,
  number,
  object,
  optional,
  required,
  type Schema,
  text,
  type ValueOf,
} from '../../src/schema/describe.ts';
import type { SourceNode } from '../../src/schema/node.ts';
import { readStrict } from '../../src/schema/strict.ts';
import { lowerCased, ruleList } from '../faults/fault-rule.ts';
import { FAULTS } from '../faults/kinds/index.ts';
import { isKeptHeader } from './journal.ts';
import { mockError } from '../errors.ts';

const label = (doc: string): Schema<string | undefined> => optional(text(doc));

const headers = checked(
  map('Name (`x-…`) to exact value.', text('', '', { mayBeEmpty: true })),
  (given) => {
    const stranger = Object.keys(given).find((name) => !isKeptHeader(name.toLowerCase()));
    return stranger === undefined
      ? undefined
      : `has ${stranger}, which is not in the journal: only x- headers without "key" and "token" are.`;
  },
);

const filter = object('Which entries are meant; all conditions given must hold.', {
  mock: label('Name of the mock.'),
  route: label('Path.'),
  method: label('Method.'),
  status: optional(integer('HTTP status.', 200, { min: 100, max: 599 })),
  key: label('Key of the request.'),
  model: label('The one the body names.'),
  fault: optional(text('The fault it met.', '', { oneOf: Object.keys(FAULTS) })),
  header: optional(headers),
  cachedTokensMin: optional(number('At least so many.', 1, { above: 0 })),
});
export type EntryFilter = ValueOf<typeof filter>;

const count = checked(
  object('How many entries match.', {
    min: optional(number('At least.', 0, { min: 0 })),
    max: optional(number('At most.', 0, { min: 0 })),
  }),
  ({ min, max }) => {
    if (min === undefined && max === undefined) return 'must have min, max or both.';
    return (max ?? Infinity) < (min ?? 0) ? 'can never hold: max must be at least min.' : undefined;
  },
);

const every = checked(filter, (given) =>
  Object.keys(given).length === 0 ? 'must have a condition.' : undefined,
);

const order = checked(
  list('These come in this order, the first of each.', filter, { min: 2 }),
  (given) =>
    new Set(given.map((it) => JSON.stringify(it))).size < given.length
      ? 'names the same request twice; it is always the first that counts.'
      : undefined,
);

const CLAIMS = {
  count: optional(count),
  every: optional(every),
  order: optional(order),
  quietAfterMs: optional(
    number('After a matching entry its mock gets no request for so long.', 1, { above: 0 }),
  ),
};

const rule = checked(
  object('A claim about what a fleet has been asked.', {
    id: required(text('Its name.')),
    where: filter,
    ...CLAIMS,
  }),
  (given) => {
    const claims = Object.keys(CLAIMS);
    return claims.filter((name) => name in given).length === 1
      ? undefined
      : `must have exactly one of ${claims.join(', ')}.`;
  },
);
export type JournalRule = ValueOf<typeof rule>;

/**
 * Reads rules as a list or as `{rules: […]}`. What could never match, or never fail, is refused:
 * a slip of the pen must not pass for years.
 * @throws KvcacheError JOURNAL_RULE_INVALID (kind usage) with its place
 */
export function readJournalRules(node: SourceNode): JournalRule[] {
  const rules = readStrict(list('Rules.', rule, { min: 1 }), ruleList(node), {
    whole: 'rules',
    path: 'rules',
    invalid: ({ message, where }) => mockError('JOURNAL_RULE_INVALID', { message, where }),
  });
  return rules.map((it) => ({
    ...it,
    where: caseless(it.where),
    ...(it.every && { every: caseless(it.every) }),
    ...(it.order && { order: it.order.map(caseless) }),
  }));
}

function caseless(given: EntryFilter): EntryFilter {
  return given.header ? { ...given, header: lowerCased(given.header) } : given;
}

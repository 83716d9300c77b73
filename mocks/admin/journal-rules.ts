import { KvcacheError } from '../../src/base/errors.ts';
import type { Check } from '../../src/base/outcome.ts';
import { isRecord, type JsonRecord, type Shape, shapeProblem } from '../shape.ts';
import type { JournalView } from './journal.ts';

/** Which journal entries a rule is about; all conditions given must hold. */
export interface EntryFilter {
  mock?: string;
  route?: string;
  method?: string;
  status?: number;
  key?: string;
  model?: string;
  fault?: string;
  /** Header name (lower case, `x-…`) → exact value. */
  header?: Readonly<Record<string, string>>;
  cachedTokensMin?: number;
}

/** A claim about what a fleet has been asked. Exactly one of the assertions. */
export interface JournalRule {
  id: string;
  where: EntryFilter;
  /** How many entries match. */
  count?: { min?: number; max?: number };
  /** Every matching entry, and there is one, also matches this. */
  every?: EntryFilter;
  /** Entries matching these come in this order, the first of each. */
  order?: readonly EntryFilter[];
  /** After a matching entry its mock gets no request for so long. */
  quietAfterMs?: number;
}

const FILTER: Shape = {
  mock: 'string?',
  route: 'string?',
  method: 'string?',
  status: 'number?',
  key: 'string?',
  model: 'string?',
  fault: 'string?',
  header: 'object?',
  cachedTokensMin: 'number?',
};

const RULE: Shape = {
  id: 'string',
  where: 'object?',
  count: 'object?',
  every: 'object?',
  order: 'list?',
  quietAfterMs: 'number?',
};

const ASSERTIONS = ['count', 'every', 'order', 'quietAfterMs'] as const;

/**
 * Reads rules as a list or as `{rules: […]}`.
 * @throws KvcacheError JOURNAL_RULE_INVALID (kind usage) naming the rule
 */
export function readJournalRules(value: unknown): JournalRule[] {
  const list = isRecord(value) ? value['rules'] : value;
  if (!Array.isArray(list) || list.length === 0)
    throw invalid('rules must be a list with an entry.');
  return list.map((rule: unknown, index) => readRule(rule, `rules[${index}]`));
}

function readRule(value: unknown, where: string): JournalRule {
  if (!isRecord(value)) throw invalid(`${where} must be an object.`);
  assertShape(value, RULE, where);
  if (ASSERTIONS.filter((name) => value[name] !== undefined).length !== 1) {
    throw invalid(`${where} must have exactly one of ${ASSERTIONS.join(', ')}.`);
  }
  for (const name of ['where', 'every']) {
    if (value[name] !== undefined)
      assertShape(value[name] as JsonRecord, FILTER, `${where}.${name}`);
  }
  if (value['count'] !== undefined) {
    assertShape(value['count'] as JsonRecord, { min: 'number?', max: 'number?' }, `${where}.count`);
  }
  for (const [index, filter] of ((value['order'] ?? []) as unknown[]).entries()) {
    if (!isRecord(filter)) throw invalid(`${where}.order[${index}] must be an object.`);
    assertShape(filter, FILTER, `${where}.order[${index}]`);
  }
  return { where: {}, ...value } as unknown as JournalRule;
}

/**
 * Judges the rules on the entries of one or several mocks. A journal that has dropped entries
 * proves no absence: what would pass by something missing is inconclusive then.
 */
export function judgeRules(
  rules: readonly JournalRule[],
  entries: readonly JournalView[],
  isIncomplete: boolean,
): Check[] {
  return rules.map((rule) => {
    const check = judge(rule, entries);
    if (!isIncomplete || check.outcome !== 'pass') return check;
    const remedy = 'Reset the journal before the run, or make the run shorter.';
    const evidence = `${check.evidence}; the journal has dropped older entries`;
    return { ...check, outcome: 'inconclusive', evidence, remedy };
  });
}

function judge(rule: JournalRule, entries: readonly JournalView[]): Check {
  const matching = entries.filter((entry) => matches(entry, rule.where));
  if (rule.count) return judgeCount(rule, matching);
  if (rule.every) return judgeEvery(rule, matching, rule.every);
  if (rule.order) return judgeOrder(rule, matching, rule.order);
  return judgeQuiet(rule, matching, entries);
}

function judgeCount(rule: JournalRule, matching: readonly JournalView[]): Check {
  const { min = 0, max = Infinity } = rule.count!;
  const actual = matching.length;
  return check(rule, actual >= min && actual <= max, {
    expected: `${min} to ${max === Infinity ? 'any number of' : max} requests`,
    actual: `${actual} requests`,
    evidence: seen(matching),
  });
}

function judgeEvery(
  rule: JournalRule,
  matching: readonly JournalView[],
  every: EntryFilter,
): Check {
  const strays = matching.filter((entry) => !matches(entry, every));
  return check(rule, matching.length > 0 && strays.length === 0, {
    expected: `every request matches ${JSON.stringify(every)}`,
    actual: `${matching.length - strays.length} of ${matching.length} requests`,
    evidence: seen(strays.length > 0 ? strays : matching),
  });
}

function judgeOrder(
  rule: JournalRule,
  matching: readonly JournalView[],
  order: readonly EntryFilter[],
): Check {
  const inTime = matching.toSorted((a, b) => a.atMs - b.atMs || a.seq - b.seq);
  const places = order.map((filter) => inTime.findIndex((entry) => matches(entry, filter)));
  const isOrdered = places.every(
    (place, index) => place !== -1 && (index === 0 || place > places[index - 1]!),
  );
  return check(rule, isOrdered, {
    expected: `${order.length} requests in the given order`,
    actual: `places ${places.map((place) => (place === -1 ? 'none' : place + 1)).join(', ')}`,
    evidence: seen(places.flatMap((place) => inTime[place] ?? [])),
  });
}

function judgeQuiet(
  rule: JournalRule,
  matching: readonly JournalView[],
  entries: readonly JournalView[],
): Check {
  const withinMs = rule.quietAfterMs!;
  const disturbing = entries.filter((entry) =>
    matching.some(
      (quiet) =>
        quiet.mock === entry.mock && entry.atMs > quiet.atMs && entry.atMs < quiet.atMs + withinMs,
    ),
  );
  return check(rule, matching.length > 0 && disturbing.length === 0, {
    expected: `no request to the same mock within ${withinMs} ms`,
    actual: `${disturbing.length} after ${matching.length} matching requests`,
    evidence: seen(disturbing.length > 0 ? disturbing : matching),
  });
}

function check(
  rule: JournalRule,
  isTrue: boolean,
  found: Pick<Check, 'expected' | 'actual' | 'evidence'>,
): Check {
  return {
    id: rule.id,
    claim: `Rule "${rule.id}" holds for ${JSON.stringify(rule.where)}.`,
    outcome: isTrue ? 'pass' : 'fail',
    ...found,
    remedy: isTrue ? '' : 'Read the journal of the mocks (/__mock/journal) around these requests.',
  };
}

function matches(entry: JournalView, filter: EntryFilter): boolean {
  const { cachedTokensMin, header, model, ...plain } = filter;
  const cached = entry.completion?.cachedTokens ?? -1;
  return (
    Object.entries(plain).every(([name, value]) => entry[name as keyof JournalView] === value) &&
    (model === undefined || entry.completion?.model === model) &&
    (cachedTokensMin === undefined || cached >= cachedTokensMin) &&
    Object.entries(header ?? {}).every(([name, value]) => entry.headers[name] === value)
  );
}

/** A few entries, enough to find them again. */
function seen(entries: readonly JournalView[]): string {
  if (entries.length === 0) return 'no matching request';
  const shown = entries.slice(0, 5).map(({ mock, seq, route, status }) => {
    return `${mock}#${seq} ${route} ${status ?? 'no status'}`;
  });
  return shown.join('; ') + (entries.length > 5 ? `; … ${entries.length - 5} more` : '');
}

function assertShape(value: JsonRecord, shape: Shape, where: string): void {
  const problem = shapeProblem(value, shape, where);
  if (problem !== undefined) throw invalid(problem);
}

function invalid(message: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'JOURNAL_RULE_INVALID',
    message,
    remedy: 'docs/mocks.md shows every kind of rule.',
  });
}

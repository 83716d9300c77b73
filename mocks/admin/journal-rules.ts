import { KvcacheError } from '../../src/base/errors.ts';
import { isFaultKind } from '../faults/kinds/index.ts';
import { isRecord, type JsonRecord, type Shape, shapeProblem } from '../shape.ts';
import { isKeptHeader } from './journal.ts';

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
  /** After a matching entry, and there is one, its mock gets no request for so long. */
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
 * Reads rules as a list or as `{rules: […]}`. What could never match, or never fail, is refused:
 * a slip of the pen must not pass for years.
 * @throws KvcacheError JOURNAL_RULE_INVALID (kind usage) with the path of the fault as `where`
 */
export function readJournalRules(value: unknown): JournalRule[] {
  const list = isRecord(value) ? value['rules'] : value;
  if (!Array.isArray(list) || list.length === 0) {
    throw invalid('rules', 'must be a list with an entry');
  }
  return list.map((rule: unknown, index) => readRule(rule, `rules[${index}]`));
}

function readRule(value: unknown, path: string): JournalRule {
  const rule = record(value, RULE, path);
  if (ASSERTIONS.filter((name) => rule[name] !== undefined).length !== 1) {
    throw invalid(path, `must have exactly one of ${ASSERTIONS.join(', ')}`);
  }
  const { count, every, order, quietAfterMs } = rule;
  return {
    id: rule['id'] as string,
    where: readFilter(rule['where'] ?? {}, `${path}.where`),
    ...(count !== undefined && { count: readCount(count, `${path}.count`) }),
    ...(every !== undefined && { every: readEvery(every, `${path}.every`) }),
    ...(order !== undefined && { order: readOrder(order as unknown[], `${path}.order`) }),
    ...(quietAfterMs !== undefined && {
      quietAfterMs: positive(quietAfterMs, `${path}.quietAfterMs`),
    }),
  };
}

function readCount(value: unknown, path: string): { min?: number; max?: number } {
  const count = record(value, { min: 'number?', max: 'number?' }, path);
  const { min, max } = count as { min?: number; max?: number };
  if (min === undefined && max === undefined) throw invalid(path, 'must have min, max or both');
  if (!((min ?? 0) >= 0 && (max ?? Infinity) >= (min ?? 0))) {
    throw invalid(path, 'can never hold: min must be at least 0 and max at least min');
  }
  return count;
}

function readEvery(value: unknown, path: string): EntryFilter {
  const every = readFilter(value, path);
  if (Object.keys(every).length === 0) throw invalid(path, 'must have a condition');
  return every;
}

function readOrder(list: readonly unknown[], path: string): EntryFilter[] {
  if (list.length < 2) throw invalid(path, 'must have at least two entries');
  const filters = list.map((filter, index) => readFilter(filter, `${path}[${index}]`));
  const texts = filters.map((filter) => JSON.stringify(filter));
  if (new Set(texts).size < texts.length) {
    throw invalid(path, 'names the same request twice; it is always the first that counts');
  }
  return filters;
}

function readFilter(value: unknown, path: string): EntryFilter {
  const filter = record(value, FILTER, path) as EntryFilter;
  const { status, fault, header, cachedTokensMin } = filter;
  if (status !== undefined && !(Number.isInteger(status) && status >= 100 && status <= 599)) {
    throw invalid(`${path}.status`, 'must be an HTTP status');
  }
  if (fault !== undefined && !isFaultKind(fault)) {
    throw invalid(`${path}.fault`, `names an unknown fault "${fault}"`);
  }
  if (cachedTokensMin !== undefined) positive(cachedTokensMin, `${path}.cachedTokensMin`);
  return header === undefined
    ? filter
    : { ...filter, header: readHeader(header, `${path}.header`) };
}

function readHeader(header: JsonRecord, path: string): Record<string, string> {
  const entries = Object.entries(header).map(([written, value]) => {
    const name = written.toLowerCase();
    const problem = 'is not in the journal: only x- headers without "key" and "token" are';
    if (!isKeptHeader(name)) throw invalid(`${path}.${written}`, problem);
    if (typeof value !== 'string')
      throw invalid(`${path}.${written}`, 'must be a string; quote it');
    return [name, value] as const;
  });
  return Object.fromEntries(entries);
}

function positive(value: unknown, path: string): number {
  if (Number.isFinite(value) && (value as number) > 0) return value as number;
  throw invalid(path, 'must be greater than 0');
}

function record(value: unknown, shape: Shape, path: string): JsonRecord {
  if (!isRecord(value)) throw invalid(path, 'must be an object');
  const problem = shapeProblem(value, shape, path);
  if (problem !== undefined) throw ruleError(path, problem);
  return value;
}

function invalid(path: string, problem: string): KvcacheError {
  return ruleError(path, `${path} ${problem}.`);
}

function ruleError(path: string, message: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'JOURNAL_RULE_INVALID',
    message,
    where: path,
    remedy: 'docs/mocks.md shows every kind of rule.',
  });
}

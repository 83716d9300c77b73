import type { Check, Outcome } from '../../src/base/outcome.ts';
import type { JournalView } from './journal.ts';
import type { EntryFilter, JournalRule } from './journal-rules.ts';

interface Verdict extends Pick<Check, 'expected' | 'actual' | 'evidence'> {
  outcome: Outcome;
  /** No further entry could change it. */
  isFinal: boolean;
}

/**
 * Judges the rules on the entries of one or several mocks. A journal that has dropped entries
 * proves no absence: what those could have changed is inconclusive then.
 */
export function judgeRules(
  rules: readonly JournalRule[],
  entries: readonly JournalView[],
  isIncomplete: boolean,
): Check[] {
  return rules.map((rule) => {
    const { outcome, isFinal, expected, actual, evidence } = judge(rule, entries);
    const isOpen = isIncomplete && !isFinal;
    return {
      id: rule.id,
      claim: `Rule "${rule.id}" holds for ${JSON.stringify(rule.where)}.`,
      outcome: isOpen ? 'inconclusive' : outcome,
      expected,
      actual,
      evidence: isOpen ? `${evidence}; the journal has dropped older entries` : evidence,
      remedy: isOpen
        ? 'Reset the journal before the run, or make the run shorter.'
        : REMEDY[outcome]!,
    };
  });
}

const REMEDY: Partial<Record<Outcome, string>> = {
  pass: '',
  fail: 'Read the journal of the mocks (/__mock/journal) around these requests.',
  inconclusive: 'Leave a millisecond between requests to different mocks.',
};

function judge(rule: JournalRule, entries: readonly JournalView[]): Verdict {
  const matching = entries.filter((entry) => matches(entry, rule.where));
  if (rule.count) return judgeCount(matching, rule.count);
  if (rule.every) return judgeEvery(matching, rule.every);
  if (rule.order) return judgeOrder(matching, rule.order);
  return judgeQuiet(matching, entries, rule.quietAfterMs!);
}

function judgeCount(
  matching: readonly JournalView[],
  { min = 0, max = Infinity }: { min?: number; max?: number },
): Verdict {
  const actual = matching.length;
  return {
    outcome: actual >= min && actual <= max ? 'pass' : 'fail',
    isFinal: actual > max || (actual >= min && max === Infinity),
    expected: `${min} to ${max === Infinity ? 'any number of' : max} requests`,
    actual: `${actual} requests`,
    evidence: seen(matching),
  };
}

function judgeEvery(matching: readonly JournalView[], every: EntryFilter): Verdict {
  const strays = matching.filter((entry) => !matches(entry, every));
  return {
    outcome: matching.length > 0 && strays.length === 0 ? 'pass' : 'fail',
    isFinal: strays.length > 0,
    expected: `every request matches ${JSON.stringify(every)}`,
    actual: `${matching.length - strays.length} of ${matching.length} requests`,
    evidence: seen(strays.length > 0 ? strays : matching),
  };
}

function judgeOrder(matching: readonly JournalView[], order: readonly EntryFilter[]): Verdict {
  const inTime = matching.toSorted(byTime);
  const firsts = order.map((filter) => inTime.find((entry) => matches(entry, filter)));
  const found = firsts.filter((entry) => entry !== undefined);
  const steps = found.slice(1).map((entry, index) => comesAfter(entry, found[index]!));
  const isWrong = found.length < order.length || steps.includes(false);
  return {
    outcome: isWrong ? 'fail' : steps.includes(undefined) ? 'inconclusive' : 'pass',
    isFinal: false,
    expected: `${order.length} requests in the given order`,
    actual: `places ${firsts.map((entry) => (entry ? inTime.indexOf(entry) + 1 : 'none')).join(', ')}`,
    evidence: seen(found),
  };
}

/** Undefined when nobody can tell: two mocks count apart, and their clocks have only milliseconds. */
function comesAfter(entry: JournalView, other: JournalView): boolean | undefined {
  if (entry.atMs !== other.atMs) return entry.atMs > other.atMs;
  return entry.mock === other.mock ? entry.seq > other.seq : undefined;
}

function judgeQuiet(
  matching: readonly JournalView[],
  entries: readonly JournalView[],
  withinMs: number,
): Verdict {
  const starters = new Set(matching);
  const quietUntilMs = new Map<string, number>();
  const disturbing = entries.toSorted(byTime).filter((entry) => {
    const isDisturbing = entry.atMs < (quietUntilMs.get(entry.mock) ?? -Infinity);
    if (starters.has(entry)) quietUntilMs.set(entry.mock, entry.atMs + withinMs);
    return isDisturbing;
  });
  return {
    outcome: matching.length > 0 && disturbing.length === 0 ? 'pass' : 'fail',
    isFinal: disturbing.length > 0,
    expected: `no request to the same mock within ${withinMs} ms`,
    actual: `${disturbing.length} after ${matching.length} matching requests`,
    evidence: seen(disturbing.length > 0 ? disturbing : matching),
  };
}

/** Within a millisecond a mock's own count decides. */
function byTime(a: JournalView, b: JournalView): number {
  return a.atMs - b.atMs || a.seq - b.seq;
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

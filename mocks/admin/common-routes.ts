import type { Clock } from '../../src/base/clock.ts';
import { number, object, required, text } from '../../src/schema/describe.ts';
import { readPlain } from '../../src/schema/strict.ts';
import { plainNode } from '../../src/schema/node.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { queryOf } from '../http/exchange.ts';
import type { FaultBook } from '../faults/fault-book.ts';
import { readFaultRules, ruleList, writeFaultRule } from '../faults/fault-rule.ts';
import type { LatenessGauge } from '../time/lateness.ts';
import { adminBody, AdminRefusal, type AdminRoutes } from './admin.ts';
import type { Journal } from './journal.ts';
import { readJournalRules } from './journal-rules.ts';
import { judgeRules } from './judge-journal.ts';
import { mockError } from '../errors.ts';

/** What the admin API needs of any mock. */
export interface AdminSubject {
  journal: Journal;
  faults: FaultBook;
  clock: Clock;
  lateness: LatenessGauge;
  /** What the mock says of itself, besides what all mocks do. */
  state: () => object;
  /** Empties the named part; false when there is no such part. */
  reset: (scope: string) => boolean;
}

/** The routes every mock has. */
export function commonRoutes(subject: AdminSubject): AdminRoutes {
  const { journal, faults, clock, lateness } = subject;
  return {
    'GET state': () => ({
      ...subject.state(),
      journal: { entries: journal.size, dropped: journal.dropped },
      faults: Object.fromEntries(faults.counts),
      timers: lateness.report(),
    }),
    'GET journal': ({ request }) => {
      const query = queryOf(request.target);
      const entries = journal.view(integer(query, 'since'), integer(query, 'limit'));
      return { dropped: journal.dropped, entries };
    },
    'POST verify': ({ body }) => {
      const checks = judgeRules(
        readJournalRules(plainNode(body, 'rules')),
        journal.view(),
        journal.dropped > 0,
      );
      return { passed: checks.every(({ outcome }) => outcome === 'pass'), checks };
    },
    'GET faults': () => ({
      rules: faults.rules.map(writeFaultRule),
      injected: Object.fromEntries(faults.counts),
    }),
    'PUT faults': ({ body }) => {
      const rules = readFaultRules(ruleList(plainNode(body, 'rules')));
      faults.replace(rules);
      return { rules: rules.length };
    },
    'DELETE faults': () => {
      faults.replace([]);
      return { rules: 0 };
    },
    'GET clock': () => clockView(clock),
    'POST clock/advance': ({ body }) => advance(clock, body),
    'POST reset': ({ body }) => resetScope(subject, body),
  };
}

function clockView(clock: Clock): object {
  return {
    kind: clock instanceof VirtualClock ? 'virtual' : 'live',
    nowMs: clock.nowMs(),
    wallMs: clock.wallMs(),
  };
}

/** A year: more at once would only be a slip, and times must stay far from where numbers lose milliseconds. */
const ADVANCE_MS_MAX = 366 * 24 * 3_600_000;

const advanceBody = object('How far time moves.', {
  ms: required(number('By how much.', 0, { min: 0, max: ADVANCE_MS_MAX })),
});

/** `POST /__mock/clock/advance {ms}`, for a mock that runs on a virtual clock. */
function advance(clock: Clock, body: unknown): object {
  if (!(clock instanceof VirtualClock)) {
    return new AdminRefusal(409, 'This mock runs on real time; start it with --clock virtual.');
  }
  clock.advanceBy(readPlain(advanceBody, body, adminBody('The body')).ms);
  return clockView(clock);
}

const resetBody = object('What to reset.', { scope: text('Which part.', 'all') });

/** `{scope}`, or without a body everything. */
function resetScope(subject: AdminSubject, body: unknown = {}): object {
  const { scope } = readPlain(resetBody, body, adminBody('The body'));
  if (resetParts(subject, scope)) return { reset: scope };
  return new AdminRefusal(400, `There is no scope "${scope}".`);
}

/** Journal, lateness, fault rules and whatever the mock itself has; false when there is no such part. */
function resetParts(subject: AdminSubject, scope: string): boolean {
  if (scope === 'journal' || scope === 'all') subject.journal.clear();
  if (scope === 'timers' || scope === 'all') subject.lateness.reset();
  if (scope === 'faults' || scope === 'all') subject.faults.clear();
  return subject.reset(scope) || ['journal', 'timers', 'faults', 'all'].includes(scope);
}

/** @throws KvcacheError QUERY_INVALID (kind usage) */
function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const message = `${name} must be a whole number from 0 on, not "${text}".`;
  throw mockError('QUERY_INVALID', { message });
}

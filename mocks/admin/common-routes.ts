import type { Clock } from '../../src/base/clock.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { queryOf } from '../../src/net/server.ts';
import type { FaultBook } from '../faults/fault-book.ts';
import { readFaultRules, ruleList, writeFaultRule } from '../faults/fault-rule.ts';
import { isRecord } from '../shape.ts';
import type { LatenessGauge } from '../time/lateness.ts';
import { AdminRefusal, type AdminRoutes } from './admin.ts';
import type { Journal } from './journal.ts';
import { judgeRules, readJournalRules } from './journal-rules.ts';

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
      const query = queryOf(request.url ?? '');
      const entries = journal.view(integer(query, 'since'), integer(query, 'limit') || undefined);
      return { dropped: journal.dropped, entries };
    },
    'POST verify': ({ body }) => {
      const checks = judgeRules(readJournalRules(body), journal.view(), journal.dropped > 0);
      return { passed: checks.every(({ outcome }) => outcome === 'pass'), checks };
    },
    'GET faults': () => ({
      rules: faults.rules.map(writeFaultRule),
      injected: Object.fromEntries(faults.counts),
    }),
    'PUT faults': ({ body }) => {
      const rules = readFaultRules(ruleList(body));
      faults.replace(rules);
      return { rules: rules.length };
    },
    'DELETE faults': () => {
      faults.replace([]);
      return { rules: 0 };
    },
    'GET clock': () => clockView(clock),
    'POST clock': ({ body }, rest) => advance(clock, body, rest),
    'POST reset': ({ body }) => resetAll(subject, body),
  };
}

function clockView(clock: Clock): object {
  return {
    kind: clock instanceof VirtualClock ? 'virtual' : 'live',
    nowMs: clock.nowMs(),
    wallMs: clock.wallMs(),
  };
}

/** `POST /__mock/clock/advance {ms}`, for a mock that runs on a virtual clock. */
function advance(clock: Clock, body: unknown, rest: string): object {
  if (rest !== 'advance') return new AdminRefusal(404, 'Only clock/advance can be posted.');
  if (!(clock instanceof VirtualClock)) {
    return new AdminRefusal(409, 'This mock runs on real time; start it with --clock virtual.');
  }
  const ms = isRecord(body) ? body['ms'] : undefined;
  if (typeof ms !== 'number' || !(ms >= 0)) return new AdminRefusal(400, 'ms must be a number.');
  clock.advanceBy(ms);
  return clockView(clock);
}

/** `{scope}` or everything: journal, lateness and whatever the mock itself has. */
function resetAll(subject: AdminSubject, body: unknown): object {
  const scope = isRecord(body) ? (body['scope'] ?? 'all') : 'all';
  if (typeof scope !== 'string') return new AdminRefusal(400, 'scope must be a string.');
  if (scope === 'journal' || scope === 'all') subject.journal.clear();
  if (scope === 'timers' || scope === 'all') subject.lateness.reset();
  if (scope === 'faults' || scope === 'all') subject.faults.clear();
  const isKnown = subject.reset(scope) || ['journal', 'timers', 'faults', 'all'].includes(scope);
  return isKnown ? { reset: scope } : new AdminRefusal(400, `There is no scope "${scope}".`);
}

function integer(query: URLSearchParams, name: string): number {
  return Math.max(0, Math.trunc(Number(query.get(name) ?? 0)) || 0);
}

import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../src/base/clock.ts';
import { messageOf } from '../../src/base/errors.ts';
import { createRandom, mixSeed } from '../../src/base/random.ts';
import type { Journal } from '../admin/journal.ts';
import type { Exchange } from '../http/exchange.ts';
import { readFaultHeader } from './fault-header.ts';
import { faultEntry } from './fault-journal.ts';
import type { FaultAction, FaultConditions, FaultRule } from './fault-rule.ts';
import { FAULTS, type FaultKind } from './kinds/index.ts';
import type { Target } from './reach.ts';

/** What a rule may look at. */
export interface FaultSubject extends Target {
  /** Decides the random draws of `probability`. */
  key: string;
  /** Value of a header by its lower-case name. */
  header: (name: string) => string | undefined;
  waiting: number;
}

interface Entry {
  rule: FaultRule;
  /** Requests that met every condition but the counted ones. */
  seen: number;
  used: number;
}

export interface FaultBookOptions {
  owner: string;
  seed: number;
  /** `afterMs` and `untilMs` count from when the book is made. */
  clock: Clock;
  /** Gets the requests that a fault lets no handler see. */
  journal: Journal;
}

/** The fault rules in force. The first that matches wins; rules can be replaced while serving. */
export class FaultBook {
  /** Faults chosen so far. */
  readonly counts = new Map<FaultKind, number>();
  readonly #options: FaultBookOptions;
  readonly #startedMs: number;
  #entries: Entry[] = [];

  constructor(options: FaultBookOptions) {
    this.#options = options;
    this.#startedMs = options.clock.nowMs();
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  get rules(): readonly FaultRule[] {
    return this.#entries.map(({ rule }) => rule);
  }

  replace(rules: readonly FaultRule[]): void {
    this.#entries = rules.map((rule) => ({ rule, seen: 0, used: 0 }));
  }

  /** No rules, and counts as at the start. */
  clear(): void {
    this.#entries = [];
    this.counts.clear();
  }

  /** The fault for this request, of one of the kinds the caller can inject. */
  match(subject: FaultSubject, kinds: ReadonlySet<FaultKind>): FaultAction | undefined {
    for (const [index, entry] of this.#entries.entries()) {
      const { action } = entry.rule;
      if (!kinds.has(action.kind) || !canStrike(action.kind, subject)) continue;
      if (this.#applies(entry, subject, index)) return action;
    }
    return undefined;
  }

  count({ kind }: FaultAction): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  /** Counts a fault, and journals the request when no handler will. */
  inject(fault: FaultAction, exchange: Exchange): void {
    this.count(fault);
    const status = FAULTS[fault.kind].finalStatus?.(fault.parameters);
    if (status === undefined) return;
    const { journal, clock } = this.#options;
    journal.add(faultEntry(exchange, fault, { atMs: clock.wallMs(), status }));
  }

  #applies(entry: Entry, subject: FaultSubject, index: number): boolean {
    const { when, times } = entry.rule;
    if (entry.used >= times || !this.#meets(when, subject)) return false;
    entry.seen++;
    if (when.nth !== undefined && entry.seen !== when.nth) return false;
    if (when.every !== undefined && entry.seen % when.every !== 0) return false;
    if (when.probability !== undefined) {
      const draw = createRandom(mixSeed(this.#options.seed, 'fault', index, subject.key)).next();
      if (draw >= when.probability) return false;
    }
    entry.used++;
    return true;
  }

  #meets(when: FaultConditions, subject: FaultSubject): boolean {
    if (when.route !== undefined && when.route !== subject.route) return false;
    if (when.engine !== undefined && when.engine !== this.#options.owner) return false;
    if (when.minQueue !== undefined && subject.waiting < when.minQueue) return false;
    const nowMs = this.#options.clock.nowMs() - this.#startedMs;
    if (nowMs < (when.afterMs ?? 0) || nowMs >= (when.untilMs ?? Infinity)) return false;
    return meetsContent(when, subject);
  }
}

function meetsContent(when: FaultConditions, { header, body }: FaultSubject): boolean {
  if (when.model !== undefined && memberAt(body, 'model') !== when.model) return false;
  const hasHeaders = Object.entries(when.header ?? {}).every(
    ([name, value]) => header(name) === value,
  );
  return (
    hasHeaders &&
    Object.entries(when.bodyPath ?? {}).every(([path, value]) =>
      isDeepStrictEqual(memberAt(body, path), value),
    )
  );
}

/** The fault to inject: what the `x-mock-fault` header asks for, else the first rule that matches. */
export function faultFor(
  faults: FaultBook,
  exchange: Exchange,
  { kinds, waiting }: { kinds: ReadonlySet<FaultKind>; waiting: number },
): FaultAction | FaultRefusal | undefined {
  const { request, path: route, key, body } = exchange;
  const asked = request.header('x-mock-fault');
  if (asked === undefined && faults.isEmpty) return undefined;
  const header = (name: string): string | undefined => request.header(name);
  const subject = { route, key, header, body, waiting };
  const fault =
    asked === undefined ? faults.match(subject, kinds) : headerFault(asked, subject, kinds);
  if (fault && 'kind' in fault) faults.inject(fault, exchange);
  return fault;
}

function canStrike(kind: FaultKind, target: Target): boolean {
  return FAULTS[kind].reach?.(target) ?? true;
}

/** Why the fault of a header is not injected. */
export interface FaultRefusal {
  refusal: string;
}

/** A fault that cannot strike the request it came with is refused: nobody would notice otherwise. */
function headerFault(
  header: string,
  subject: FaultSubject,
  kinds: ReadonlySet<FaultKind>,
): FaultAction | FaultRefusal {
  try {
    const fault = readFaultHeader(header);
    if (kinds.has(fault.kind) && canStrike(fault.kind, subject)) return fault;
    return { refusal: `x-mock-fault: ${fault.kind} changes nothing about this request.` };
  } catch (error) {
    return { refusal: messageOf(error) };
  }
}

/** The value at `messages.0.role`; undefined when there is none. */
function memberAt(value: unknown, path: string): unknown {
  let current = value;
  for (const step of path.split('.')) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step))
      return undefined;
    current = (current as Record<string, unknown>)[step];
  }
  return current;
}

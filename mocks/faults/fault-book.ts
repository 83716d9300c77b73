import { createRandom, mixSeed } from '../../src/base/random.ts';
import type { Exchange } from '../http-exchange.ts';
import {
  type FaultAction,
  type FaultConditions,
  type FaultKind,
  type FaultRule,
  readFaultHeader,
} from './fault-rule.ts';

/** What a rule may look at. */
export interface FaultSubject {
  route: string;
  /** Decides the random draws of `probability`. */
  key: string;
  /** Value of a header by its lower-case name. */
  header: (name: string) => string | undefined;
  /** Parsed JSON body; undefined when the route has none. */
  body?: unknown;
  waiting: number;
}

interface Entry {
  rule: FaultRule;
  /** Requests that met every condition but the counted ones. */
  seen: number;
  used: number;
}

/** The fault rules in force. The first that matches wins; rules can be replaced while serving. */
export class FaultBook {
  readonly counts = new Map<FaultKind, number>();
  readonly #owner: string;
  readonly #seed: number;
  readonly #sinceStartMs: () => number;
  #entries: Entry[] = [];

  constructor(options: { owner: string; seed: number; sinceStartMs: () => number }) {
    this.#owner = options.owner;
    this.#seed = options.seed;
    this.#sinceStartMs = options.sinceStartMs;
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

  /** The fault to inject into this request, of one of the kinds the caller can inject. */
  match(subject: FaultSubject, kinds: ReadonlySet<FaultKind>): FaultAction | undefined {
    for (const [index, entry] of this.#entries.entries()) {
      if (!kinds.has(entry.rule.action.kind)) continue;
      if (this.#applies(entry, subject, index)) return this.count(entry.rule.action);
    }
    return undefined;
  }

  /** Counts an injected fault; for those that come by header. */
  count(action: FaultAction): FaultAction {
    this.counts.set(action.kind, (this.counts.get(action.kind) ?? 0) + 1);
    return action;
  }

  #applies(entry: Entry, subject: FaultSubject, index: number): boolean {
    const { when, times } = entry.rule;
    if (entry.used >= times || !this.#meets(when, subject)) return false;
    entry.seen++;
    if (when.nth !== undefined && entry.seen !== when.nth) return false;
    if (when.every !== undefined && entry.seen % when.every !== 0) return false;
    if (when.probability !== undefined) {
      const draw = createRandom(mixSeed(this.#seed, 'fault', index, subject.key)).next();
      if (draw >= when.probability) return false;
    }
    entry.used++;
    return true;
  }

  #meets(when: FaultConditions, subject: FaultSubject): boolean {
    if (when.route !== undefined && when.route !== subject.route) return false;
    if (when.engine !== undefined && when.engine !== this.#owner) return false;
    if (when.minQueue !== undefined && subject.waiting < when.minQueue) return false;
    const nowMs = this.#sinceStartMs();
    if (nowMs < (when.afterMs ?? 0) || nowMs >= (when.untilMs ?? Infinity)) return false;
    return meetsContent(when, subject);
  }
}

function meetsContent(when: FaultConditions, { header, body }: FaultSubject): boolean {
  if (when.model !== undefined && memberAt(body, 'model') !== when.model) return false;
  const hasHeaders = Object.entries(when.header ?? {}).every(
    ([name, value]) => header(name.toLowerCase()) === value,
  );
  return (
    hasHeaders &&
    Object.entries(when.bodyPath ?? {}).every(
      ([path, value]) => JSON.stringify(memberAt(body, path)) === JSON.stringify(value),
    )
  );
}

/** The fault to inject: what the `x-mock-fault` header asks for, else the first rule that matches. */
export function faultFor(
  faults: FaultBook,
  { request, path, key, body }: Exchange,
  { kinds, waiting }: { kinds: ReadonlySet<FaultKind>; waiting: number },
): FaultAction | 'unreadable' | undefined {
  const wanted = request.header('x-mock-fault');
  if (wanted !== undefined) {
    try {
      return faults.count(readFaultHeader(wanted));
    } catch {
      return 'unreadable';
    }
  }
  if (faults.isEmpty) return undefined;
  const header = (name: string): string | undefined => request.header(name);
  return faults.match({ route: path, key, header, body, waiting }, kinds);
}

/** The value at `messages.0.role`; undefined when there is none. */
function memberAt(value: unknown, path: string): unknown {
  let current = value;
  for (const step of path.split('.')) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<string, unknown>)[step];
  }
  return current;
}

import type { Clock } from '../../src/base/clock.ts';
import type { Journal } from '../admin/journal.ts';
import type { Exchange } from '../http/exchange.ts';
import { faultEntry } from './fault-journal.ts';
import type { FaultAction } from './fault-rule.ts';
import { FAULTS } from './kinds/index.ts';

export interface RequestSurroundings {
  clock: Clock;
  seed: number;
  /** Gets the request when its client leaves before it may go on. */
  journal: Journal;
  proceed: () => void;
}

/** Lets the fault strike before any handler sees the request, if it is one that does. */
export function strikeRequest(
  fault: FaultAction,
  exchange: Exchange,
  { clock, seed, journal, proceed }: RequestSurroundings,
): void {
  const { request } = FAULTS[fault.kind];
  if (!request) return proceed();
  const atMs = clock.wallMs();
  const left = (): void => journal.add(faultEntry(exchange, fault, { atMs, status: null }));
  request(fault.parameters, exchange, { clock, seed, proceed, left });
}

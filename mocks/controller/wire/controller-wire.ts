import type { Clock } from '../../../src/base/clock.ts';
import type { Journal } from '../../admin/journal.ts';
import type { FaultBook } from '../../faults/fault-book.ts';
import type { CoordinatorState } from '../coordinator/coordinator-state.ts';
import type { EngineReports } from '../coordinator/engine-reports.ts';
import type { ControllerCore } from '../core/controller-core.ts';
import type { LmcacheDialect } from './lmcache-version.ts';
import type { WorkerPort } from '../core/fleet-operations.ts';

export const EVENT_TRANSPORTS = ['http', 'kafka'] as const;
export type EventTransport = (typeof EVENT_TRANSPORTS)[number];

/** Calls answered, by operation: what the old sample's `/stats` counted, and more. */
export type OperationCounts = Map<string, number>;

/** Everything the routes of one mock controller share. */
export interface ControllerWire {
  id: string;
  /** Which version of LMCache the legacy API speaks as. */
  dialect: LmcacheDialect;
  core: ControllerCore;
  /** What a coordinator knows beyond the core; `EngineReports` feeds it. */
  coordinator: CoordinatorState;
  reports: EngineReports;
  /** How cache events reach a coordinator: with `kafka` nobody can post them. */
  eventTransport: EventTransport;
  /** How to reach each engine's stores. */
  ports: Map<string, WorkerPort>;
  clock: Clock;
  seed: number;
  journal: Journal;
  faults: FaultBook;
  calls: OperationCounts;
  /** Rises over all operations; event ids are made of it. */
  events: { count: number };
}

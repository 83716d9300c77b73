import type { Clock } from '../../src/base/clock.ts';
import type { ListenAddress } from '../../src/net/listen.ts';
import { createAdmin } from '../admin/admin.ts';
import { Journal } from '../admin/journal.ts';
import { FaultBook } from '../faults/fault-book.ts';
import type { FaultRule } from '../faults/fault-rule.ts';
import type { ControllerPlan } from '../fleet/fleet-plan.ts';
import { type RunningMock, startMock } from '../running-mock.ts';
import type { LatenessGauge } from '../time/lateness.ts';
import { APIS } from './apis/index.ts';
import { controllerAdminRoutes } from './controller-admin.ts';
import { CoordinatorState } from './coordinator/coordinator-state.ts';
import { EngineReports } from './coordinator/engine-reports.ts';
import { ControllerCore } from './core/controller-core.ts';
import { createControllerServer } from './wire/controller-server.ts';
import type { ControllerWire } from './wire/controller-wire.ts';

export interface StartControllerOptions {
  plan: ControllerPlan;
  listen: ListenAddress;
  seed: number;
  faults: readonly FaultRule[];
  clock: Clock;
  lateness: LatenessGauge;
}

/** A listening mock controller and what is behind it. */
export interface RunningController extends RunningMock {
  wire: ControllerWire;
  faults: FaultBook;
}

/**
 * Starts a mock LMCache controller.
 * @throws KvcacheError as `listen` does
 */
export async function startController(options: StartControllerOptions): Promise<RunningController> {
  const { plan, listen, seed, clock, lateness } = options;
  const api = APIS[plan.api];
  const coordinator = new CoordinatorState();
  const { worldSize, eventTransport } = plan;
  const reports = new EngineReports({
    state: coordinator,
    worldSize,
    wallMs: () => clock.wallMs(),
  });
  const core = new ControllerCore({
    clock,
    ...(api.hasDirectory && { mirror: reports }),
    chunkTokens: plan.chunkTokens,
    hashSeed: plan.hashSeed,
    policy: plan.holders,
  });
  core.faults.lagMs = plan.lagMs;
  const journal = new Journal(plan.id);
  const faults = new FaultBook({ owner: plan.id, seed, clock, journal });
  faults.replace(options.faults);
  const wire: ControllerWire = {
    id: plan.id,
    dialect: plan.dialect,
    core,
    coordinator,
    reports,
    eventTransport,
    ports: new Map(),
    clock,
    seed,
    journal,
    faults,
    calls: new Map(),
    events: { count: 0 },
  };
  const admin = createAdmin(controllerAdminRoutes(wire, { api: plan.api, lateness }));
  const mock = await startMock(createControllerServer(wire, api, admin), {
    role: 'controller',
    id: plan.id,
    listen,
    adminPath: '/__mock',
  });
  return { ...mock, wire, faults };
}

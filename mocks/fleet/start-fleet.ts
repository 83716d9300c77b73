import { originOf } from '../../src/base/origin.ts';
import type { Clock } from '../../src/base/clock.ts';
import type { ListenAddress } from '../../src/net/listen.ts';
import type { RunningController } from '../controller/start-controller.ts';
import { startController } from '../controller/start-controller.ts';
import { DEVICE_LOCATION } from '../engine/core/stores.ts';
import { type RunningEngine, startEngine } from '../engine/start-engine.ts';
import type { FaultBook } from '../faults/fault-book.ts';
import type { LatenessGauge } from '../time/lateness.ts';
import type { FleetPlan } from './fleet-plan.ts';

export interface FleetOptions {
  plan: FleetPlan;
  clock: Clock;
  lateness: LatenessGauge;
  controllerAddress: ListenAddress;
  /** Where engine `index` listens. */
  engineAddress: (index: number) => ListenAddress;
}

export interface RunningFleet {
  controller: RunningController | null;
  engines: RunningEngine[];
  faultBooks: FaultBook[];
  close(): Promise<void>;
}

/**
 * A controller and its engines in this process: what the engines store and drop reaches the
 * controller in memory. When one cannot start, those already started are closed.
 * @throws KvcacheError as `listen` does
 */
export async function startFleet(options: FleetOptions): Promise<RunningFleet> {
  const { plan, clock, lateness } = options;
  const common = { seed: plan.seed, faults: plan.faults, clock, lateness };
  const engines: RunningEngine[] = [];
  let controller: RunningController | null = null;
  const close = async (): Promise<void> => {
    await Promise.all(
      [...(controller ? [controller] : []), ...engines].map((mock) => mock.close()),
    );
  };
  try {
    if (plan.controller) {
      const listen = options.controllerAddress;
      controller = await startController({ ...common, plan: plan.controller, listen });
    }
    for (const [index, enginePlan] of plan.engines.entries()) {
      const listen = options.engineAddress(index);
      const engine = await startEngine({ ...common, plan: enginePlan, listen });
      engines.push(engine);
      if (controller) connect(controller, engine);
    }
  } catch (error) {
    await close();
    throw error;
  }
  const faultBooks = [...(controller ? [controller] : []), ...engines].map(({ faults }) => faults);
  return { controller, engines, faultBooks, close };
}

/**
 * Registers the engine and lets the controller hear of its second tier, as LMCache's workers do.
 * When the controller has forgotten it, the engine learns so with the event that gets lost.
 */
function connect({ wire }: RunningController, { core, url, root }: RunningEngine): void {
  const { host: ip, port, address } = originOf(url);
  const worker = { instanceId: core.id, workerId: 0, ip, port, peerInitUrl: address };
  const register = (): void => {
    wire.core.register(worker);
    wire.ports.set(core.id, core.operations);
    wire.reports.introduce(core.id, root);
  };
  register();
  core.onCacheEvent((event) => {
    if (event.location === DEVICE_LOCATION) return;
    wire.core.report(event);
    if (!wire.core.registry.has(core.id)) register();
  });
}

import { startController } from '../../../mocks/controller/start-controller.ts';
import { readFleet } from '../../../mocks/fleet/fleet-plan.ts';
import type { RunningMock } from '../../../mocks/running-mock.ts';
import { LiveClock } from '../../../mocks/time/live-clock.ts';

/** A mock controller, described as in a fleet file, that knows no engine. */
export function startLoneController(description: object): Promise<RunningMock> {
  const { controller: plan, seed, faults } = readFleet({ controller: description }, {});
  const clock = new LiveClock();
  const listen = { host: '127.0.0.1', port: 0 };
  return startController({ plan: plan!, listen, seed, faults, clock, lateness: clock.lateness });
}

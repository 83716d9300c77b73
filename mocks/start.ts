import type { Clock } from '../src/base/clock.ts';
import type { MockRequest } from './flags.ts';
import { startController, startEngine, startFleet } from './parity/fleet.ts';
import type { RunningMock } from './running-mock.ts';

export interface MockSurroundings {
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
}

/** Starts what was asked for: one mock, or a fleet. @throws KvcacheError (usage, target) */
export async function startMocks(
  request: MockRequest,
  surroundings: MockSurroundings,
): Promise<RunningMock[]> {
  const setting = { flags: request.flags, ...surroundings };
  switch (request.kind) {
    case 'controller':
      return [await startController(setting)];
    case 'engine':
      return [await startEngine(setting)];
    case 'up':
      return startFleet(setting);
  }
}

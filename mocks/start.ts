import type { MockKind } from './flags/mark.ts';
import type { MockRequest } from './flags/read-flags.ts';
import type { ParitySetting } from './parity/fleet.ts';
import type { MockSurroundings, RunningMock, RunningMocks } from './running-mock.ts';

/**
 * Starts what was asked for: one mock, or a fleet. Each dialect is loaded only when it is spoken,
 * so that the sample's small mocks start in no time.
 * @throws KvcacheError (usage, target)
 */
export async function startMocks(
  request: MockRequest,
  surroundings: MockSurroundings,
): Promise<RunningMocks> {
  if (request.dialect === 'real') {
    const { startReal } = await import('./real.ts');
    return startReal(request.kind, request.flags, surroundings);
  }
  const mocks = await startParity(request.kind, { flags: request.flags, ...surroundings });
  return {
    mocks,
    close: async () => {
      await Promise.all(mocks.map((mock) => mock.close()));
    },
  };
}

async function startParity(kind: MockKind, setting: ParitySetting): Promise<RunningMock[]> {
  const { startController, startEngine, startFleet } = await import('./parity/fleet.ts');
  switch (kind) {
    case 'controller':
      return [await startController(setting)];
    case 'engine':
      return [await startEngine(setting)];
    case 'up':
      return startFleet(setting);
  }
}

import { fault } from '../fault.ts';
import { choice, number, optional, required } from '../../../src/schema/describe.ts';
import { ofRoutes } from '../reach.ts';

/** `/health` answers 503; with `flapMs` it changes state every so often. */
export const health = fault({
  parameters: {
    state: required(choice('What it is.', ['down'], 'down')),
    flapMs: optional(number('How long it keeps a state.', 1, { min: 1 })),
  },
  reach: ofRoutes('/health', '/ping'),
  unhealthy: ({ flapMs }, upMs) => flapMs === undefined || Math.floor(upMs / flapMs) % 2 === 0,
});

import { fault } from '../fault.ts';
import { number, required } from '../../../src/schema/describe.ts';
import { ofRoutes } from '../reach.ts';

/** `/metrics` repeats what it said, for this long. */
export const metrics = fault({
  parameters: { freezeMs: required(number('How long.', 0, { min: 0 })) },
  reach: ofRoutes('/metrics'),
  frozenMetrics: ({ freezeMs }) => freezeMs,
});

import { fault } from '../fault.ts';
import { DURATION } from '../members.ts';
import { ofRoutes } from '../reach.ts';

/** `/metrics` repeats what it said, for this long. */
export const metrics = fault<{ freezeMs: number }>({
  parameters: { freezeMs: DURATION },
  reach: ofRoutes('/metrics'),
  frozenMetrics: ({ freezeMs }) => freezeMs,
});

import { fault } from '../fault.ts';
import { number, oneOf, optional } from '../members.ts';
import { ofRoutes } from '../reach.ts';

/** `/health` answers 503; with `flapMs` it changes state every so often. */
export const health = fault<{ state: 'down'; flapMs?: number }>({
  parameters: { state: oneOf('down'), flapMs: optional(number(1)) },
  reach: ofRoutes('/health', '/ping'),
  unhealthy: ({ flapMs }, upMs) => flapMs === undefined || Math.floor(upMs / flapMs) % 2 === 0,
});

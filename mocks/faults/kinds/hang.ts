import { fault } from '../fault.ts';
import { number, optional } from '../../../src/schema/describe.ts';

/** A client without a timeout of its own is let go after this long. */
const HANG_MS = 60_000;

/** Accepts the request and says nothing, then closes the connection. */
export const hang = fault({
  parameters: { ms: optional(number('How long.', HANG_MS, { min: 0 })) },
  finalStatus: () => null,
  request: ({ ms = HANG_MS }, { reply }, { clock }) => {
    reply.onGone(clock.at(clock.nowMs() + ms, () => reply.hangUp('fin')));
  },
});

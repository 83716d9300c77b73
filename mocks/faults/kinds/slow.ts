import { fault } from '../fault.ts';
import { number } from '../members.ts';
import { ofCompletions } from '../reach.ts';

/** Stretches every step of the engine the request takes part in, for the others in it too. */
export const slow = fault<{ factor: number }>({
  parameters: { factor: number(1) },
  reach: ofCompletions,
  slowdown: ({ factor }) => factor,
});

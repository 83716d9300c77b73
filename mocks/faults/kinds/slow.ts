import { fault } from '../fault.ts';
import { number, required } from '../../../src/schema/describe.ts';
import { ofCompletions } from '../reach.ts';

/** Stretches every step of the engine the request takes part in, for the others in it too. */
export const slow = fault({
  parameters: { factor: required(number('How many times as long.', 1, { min: 1 })) },
  reach: ofCompletions,
  slowdown: ({ factor }) => factor,
});

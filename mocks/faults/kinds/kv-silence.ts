import { fault } from '../fault.ts';

/** The engine publishes no KV events any more: none gets a number, and none can be had again. */
export const kvSilence = fault({
  parameters: {},
  silence: () => true,
});

import { askHolders } from './ask-holders.ts';

/** By what the controller says who holds the prompt. */
export const lookup = askHolders('lookup', {
  routeOf: (tools) => tools.lookup,
  onAsked: ({ onLookedUp }, prompt, cluster, trace) => onLookedUp(prompt, cluster, trace),
});

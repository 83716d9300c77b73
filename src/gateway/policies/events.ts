import { askHolders } from './ask-holders.ts';

/** By what the engines themselves tell of their caches, in KV events. */
export const events = askHolders('events', { routeOf: (tools) => tools.events });

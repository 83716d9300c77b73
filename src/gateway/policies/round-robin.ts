import { type Policy, steer } from './policy.ts';

/** Available endpoints in turn. */
export const roundRobin: Policy = {
  decide: ({ cluster }, _reading, { turns, nowMs }) =>
    steer('round-robin', 'policy', turns.next(cluster, nowMs())[0]?.config.id),
};

import type { Endpoint } from './cluster.ts';

/** Chooses among a cluster's endpoints when nothing speaks for a particular one. */
export interface Balancer {
  /**
   * One of those `isCandidate` accepts, or undefined when there is none.
   * @param hashKey asked for by the hashing policies only
   */
  pick(isCandidate: (endpoint: Endpoint) => boolean, hashKey: () => string): Endpoint | undefined;
}

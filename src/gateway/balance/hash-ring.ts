import { hash32 } from '../../base/random.ts';
import type { Endpoint } from './cluster.ts';
import type { Balancer } from './balancer.ts';

interface Point {
  hash: number;
  endpoint: Endpoint;
}

/** Consistent hashing: each endpoint owns several points of a circle, a key goes to the next one. */
export class HashRing implements Balancer {
  readonly #points: readonly Point[];

  constructor(endpoints: readonly Endpoint[], replicaNum: number) {
    this.#points = endpoints
      .flatMap((endpoint) =>
        Array.from({ length: Math.max(1, replicaNum) }, (_, replica) => ({
          hash: hash32(`${endpoint.config.id}#${replica}`),
          endpoint,
        })),
      )
      .sort((a, b) => a.hash - b.hash || (a.endpoint.config.id < b.endpoint.config.id ? -1 : 1));
  }

  pick(isCandidate: (endpoint: Endpoint) => boolean, hashKey: () => string): Endpoint | undefined {
    const points = this.#points;
    const start = this.#firstAtOrAfter(hash32(hashKey()));
    for (let step = 0; step < points.length; step++) {
      const { endpoint } = points[(start + step) % points.length]!;
      if (isCandidate(endpoint)) return endpoint;
    }
    return undefined;
  }

  #firstAtOrAfter(hash: number): number {
    let [low, high] = [0, this.#points.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#points[middle]!.hash < hash) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

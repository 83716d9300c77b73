import { createRandom, type Random } from '../../base/random.ts';
import { type Cluster, type Endpoint, isAvailable } from '../balance/cluster.ts';

/** The policies that look at nothing but the endpoints; none of them calls anybody. */
export type BlindPolicy = 'least-load' | 'round-robin' | 'random';

/** Chooses among a cluster's available endpoints; undefined when there is none. */
export class BlindPolicies {
  readonly #nowMs: () => number;
  readonly #random: Random;
  /** Next turn per cluster; least-load breaks its ties by the same turn. */
  readonly #turns = new Map<string, number>();

  constructor(nowMs: () => number, seed: number) {
    this.#nowMs = nowMs;
    this.#random = createRandom(seed);
  }

  choose(policy: BlindPolicy, cluster: Cluster): Endpoint | undefined {
    const nowMs = this.#nowMs();
    const available = cluster.endpoints.filter((endpoint) => isAvailable(endpoint, nowMs));
    if (available.length === 0) return undefined;
    if (policy === 'random') return available[this.#random.int(available.length)];
    const turn = this.#turns.get(cluster.config.name) ?? 0;
    this.#turns.set(cluster.config.name, turn + 1);
    const turned = available.map((_, index) => available[(turn + index) % available.length]!);
    if (policy === 'round-robin') return turned[0];
    return turned.reduce((least, it) => (it.inFlight < least.inFlight ? it : least));
  }
}

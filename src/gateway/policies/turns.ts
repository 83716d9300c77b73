import { type Cluster, type Endpoint, isAvailable } from '../balance/cluster.ts';

/** Whose turn it is, per cluster. */
export class Turns {
  readonly #turns = new Map<string, number>();

  /** Whose turn it is now, to go on from without moving this on. */
  copy(): Turns {
    const turns = new Turns();
    for (const [name, turn] of this.#turns) turns.#turns.set(name, turn);
    return turns;
  }

  /** A cluster's available endpoints, beginning with the one whose turn it is; each call is a turn. */
  next(cluster: Cluster, nowMs: number): readonly Endpoint[] {
    const available = availableOf(cluster, nowMs);
    if (available.length === 0) return available;
    const turn = this.#turns.get(cluster.config.name) ?? 0;
    this.#turns.set(cluster.config.name, turn + 1);
    return available.map((_, index) => available[(turn + index) % available.length]!);
  }
}

export function availableOf(cluster: Cluster, nowMs: number): readonly Endpoint[] {
  return cluster.endpoints.filter((endpoint) => isAvailable(endpoint, nowMs));
}

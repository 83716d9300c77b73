import type { Balancer } from '../balance/balancer.ts';
import { type Cluster, type Endpoint, isAvailable } from '../balance/cluster.ts';

export interface SelectorInput {
  cluster: Cluster;
  balancer: Balancer;
  hashKey: () => string;
  nowMs: () => number;
}

/** Why a request leaves an endpoint. */
export interface Departure {
  /** False when no byte of the request reached the endpoint. */
  isSent: boolean;
  /** The client would get no answer from anybody: then an endpoint that cools down is better than none. */
  isLastResort: boolean;
}

/**
 * Which endpoint one request goes to, and where it goes from there: the hint if it can be followed,
 * else the cluster's policy; never an endpoint twice. A request no engine has seen may always move
 * on, one that was sent moves only where `fallback` allows it. When every healthy endpoint is
 * cooling down, the one closest to recovery is tried: refusing all requests helps nobody.
 */
export class Selector {
  readonly #input: SelectorInput;
  readonly #tried: Endpoint[] = [];

  constructor(input: SelectorInput) {
    this.#input = input;
  }

  /** Undefined: no endpoint may serve this request now. */
  first(hintedId: string | undefined): Endpoint | undefined {
    const endpoint = this.#pick(hintedId);
    if (endpoint) this.#tried.push(endpoint);
    return endpoint;
  }

  /** Where to after `from` failed; undefined: nowhere. */
  next(from: Endpoint, departure: Departure): Endpoint | undefined {
    const endpoint = this.#nextOf(from, departure);
    if (endpoint) this.#tried.push(endpoint);
    return endpoint;
  }

  /** Whether `next` would name an endpoint now. */
  hasNext(from: Endpoint, departure: Departure): boolean {
    return this.#nextOf(from, departure) !== undefined;
  }

  #nextOf(from: Endpoint, { isSent, isLastResort }: Departure): Endpoint | undefined {
    if (isSent && !from.config.llm.fallback) return undefined;
    const following = this.#following(from);
    if (following || !isLastResort) return following;
    return soonestRecovered(
      this.#input.cluster.endpoints.filter((it) => !this.#tried.includes(it)),
    );
  }

  #pick(hintedId: string | undefined): Endpoint | undefined {
    const { cluster, balancer, hashKey } = this.#input;
    const hinted = hintedId === undefined ? undefined : cluster.byId.get(hintedId);
    if (hinted && this.#isCandidate(hinted)) return hinted;
    return (
      balancer.pick((it) => this.#isCandidate(it), hashKey) ?? soonestRecovered(cluster.endpoints)
    );
  }

  /** The next candidate in list order, going round. */
  #following(from: Endpoint): Endpoint | undefined {
    const { endpoints } = this.#input.cluster;
    const start = endpoints.indexOf(from);
    for (let step = 1; step < endpoints.length; step++) {
      const endpoint = endpoints[(start + step) % endpoints.length]!;
      if (this.#isCandidate(endpoint)) return endpoint;
    }
    return undefined;
  }

  #isCandidate(endpoint: Endpoint): boolean {
    return !this.#tried.includes(endpoint) && isAvailable(endpoint, this.#input.nowMs());
  }
}

function soonestRecovered(endpoints: readonly Endpoint[]): Endpoint | undefined {
  return endpoints
    .filter((it) => it.isHealthy)
    .reduce<Endpoint | undefined>(
      (best, it) => (best && best.coolingUntilMs <= it.coolingUntilMs ? best : it),
      undefined,
    );
}

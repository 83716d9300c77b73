import { hash32 } from '../../base/random.ts';
import type { Endpoint } from './cluster.ts';
import type { Balancer } from './balancer.ts';

/** Used when the config gives none; the paper's small table. */
const TABLE_SIZE_DEFAULT = 65_537;

/**
 * Maglev hashing (Eisenbud et al., NSDI 2016, §3.4): every endpoint has its own permutation of the
 * table's slots; they take turns at claiming their next free slot until the table is full.
 */
export class MaglevTable implements Balancer {
  readonly #table: readonly Endpoint[];
  readonly #endpointCount: number;

  constructor(endpoints: readonly Endpoint[], tableSize: number) {
    this.#endpointCount = endpoints.length;
    this.#table = buildTable(endpoints, nextPrime(tableSize || TABLE_SIZE_DEFAULT));
  }

  pick(isCandidate: (endpoint: Endpoint) => boolean, hashKey: () => string): Endpoint | undefined {
    const table = this.#table;
    const start = table.length === 0 ? 0 : hash32(hashKey()) % table.length;
    const refused = new Set<Endpoint>();
    for (let step = 0; refused.size < this.#endpointCount; step++) {
      const endpoint = table[(start + step) % table.length]!;
      if (!refused.has(endpoint) && isCandidate(endpoint)) return endpoint;
      refused.add(endpoint);
    }
    return undefined;
  }
}

function buildTable(endpoints: readonly Endpoint[], size: number): Endpoint[] {
  const table: Endpoint[] = Array.from({ length: endpoints.length === 0 ? 0 : size });
  const walkers = endpoints.map((endpoint) => ({
    endpoint,
    slot: hash32(endpoint.config.id) % size,
    skip: (hash32(endpoint.config.id, 1) % (size - 1)) + 1,
  }));
  for (let filled = 0; filled < table.length; filled++) {
    const walker = walkers[filled % walkers.length]!;
    while (table[walker.slot] !== undefined) walker.slot = (walker.slot + walker.skip) % size;
    table[walker.slot] = walker.endpoint;
  }
  return table;
}

/** A permutation by fixed steps reaches every slot only in a table of prime size. */
function nextPrime(from: number): number {
  let candidate = Math.max(3, Math.floor(from));
  while (!isPrime(candidate)) candidate++;
  return candidate;
}

function isPrime(value: number): boolean {
  for (let divisor = 2; divisor * divisor <= value; divisor++) {
    if (value % divisor === 0) return false;
  }
  return value > 1;
}

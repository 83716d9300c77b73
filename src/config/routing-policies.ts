interface PolicyRow {
  /** Whom a request waits for before the policy can decide. */
  asks: 'controller' | 'engines' | 'nobody';
  chooses: string;
}

/**
 * Every routing policy, as config, flags, scenarios and docs know it. How one decides is a file of
 * its own in `gateway/policies`, which has to have the same names.
 */
export const ROUTING_POLICIES = {
  lookup: {
    asks: 'controller',
    chooses:
      'the best score of match and load; the engine tells the tokens, the controller the holders',
  },
  events: {
    asks: 'engines',
    chooses: 'the same; the engine tells the tokens, KV events the holders',
  },
  prefix: { asks: 'nobody', chooses: 'by the prefix index, same score' },
  'least-load': { asks: 'nobody', chooses: 'the fewest requests in flight, equals in turn' },
  'round-robin': { asks: 'nobody', chooses: 'in turn' },
  random: { asks: 'nobody', chooses: "a draw from the gateway's seed" },
  'power-of-two': { asks: 'nobody', chooses: 'of two drawn endpoints the less loaded' },
  session: {
    asks: 'nobody',
    chooses: 'rendezvous hashing of the session; without one the fewest requests in flight',
  },
  'consistent-hash': {
    asks: 'nobody',
    chooses: "rendezvous hashing of the session, else of the prompt's first 1,024 bytes",
  },
  'bounded-hash': {
    asks: 'nobody',
    chooses: 'the same, while no endpoint has more than `hash_load_max` times the mean load',
  },
} as const satisfies Record<string, PolicyRow>;

export type RoutingPolicy = keyof typeof ROUTING_POLICIES;

export const ROUTING_POLICY_NAMES = Object.keys(ROUTING_POLICIES) as readonly RoutingPolicy[];

export function isRoutingPolicy(name: unknown): name is RoutingPolicy {
  return typeof name === 'string' && Object.hasOwn(ROUTING_POLICIES, name);
}

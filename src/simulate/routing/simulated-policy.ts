import type { Policy } from '../../gateway/policies/policy.ts';
import type { Whereabouts } from './whereabouts.ts';

/** A way of routing that a simulation compares: a gateway's own policy, the oracle or a module of the user's. */
export interface SimulatedPolicy {
  name: string;
  /** Whom it may ask beside its own memory. */
  asks: readonly ('controller' | 'engines' | 'nobody')[];
  /** Whether it looks at what was sent where before. */
  remembers: boolean;
  /** One for each gateway, which share nothing. */
  create: (whereabouts: Whereabouts) => Policy;
}

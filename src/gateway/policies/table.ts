import type { RoutingPolicy } from '../../config/routing-policies.ts';
import { boundedHash } from './bounded-hash.ts';
import { consistentHash } from './consistent-hash.ts';
import { events } from './events.ts';
import { leastLoad } from './least-load.ts';
import { lookup } from './lookup.ts';
import type { Policy } from './policy.ts';
import { powerOfTwo } from './power-of-two.ts';
import { prefix } from './prefix.ts';
import { random } from './random.ts';
import { roundRobin } from './round-robin.ts';
import { session } from './session.ts';

/** The way of deciding behind each name that a config may give. */
export const POLICIES: Readonly<Record<RoutingPolicy, Policy>> = {
  lookup,
  events,
  prefix,
  'least-load': leastLoad,
  'round-robin': roundRobin,
  random,
  'power-of-two': powerOfTwo,
  session,
  'consistent-hash': consistentHash,
  'bounded-hash': boundedHash,
};

import type { RoutingPolicy } from '../../config/routing-policies.ts';
import { consistentHash } from './consistent-hash.ts';
import { leastLoad } from './least-load.ts';
import { lookup } from './lookup.ts';
import type { Policy } from './policy.ts';
import { prefix } from './prefix.ts';
import { random } from './random.ts';
import { roundRobin } from './round-robin.ts';

/** The way of deciding behind each name that a config may give. */
export const POLICIES: Readonly<Record<RoutingPolicy, Policy>> = {
  lookup,
  prefix,
  'least-load': leastLoad,
  'round-robin': roundRobin,
  random,
  'consistent-hash': consistentHash,
};

import type { LbPolicy } from './gateway-config.ts';

const POLICIES: readonly LbPolicy[] = [
  'Rand',
  'RoundRobin',
  'RingHashing',
  'MaglevHashing',
  'WeightRandom',
];

/** Spellings, lower case without separators, whose meaning nobody would doubt. */
const LOOKALIKES: Readonly<Record<string, LbPolicy>> = {
  rand: 'Rand',
  random: 'Rand',
  roundrobin: 'RoundRobin',
  rr: 'RoundRobin',
  ringhash: 'RingHashing',
  ringhashing: 'RingHashing',
  consistenthash: 'RingHashing',
  consistenthashing: 'RingHashing',
  maglev: 'MaglevHashing',
  maglevhash: 'MaglevHashing',
  maglevhashing: 'MaglevHashing',
  weightrandom: 'WeightRandom',
  weightedrandom: 'WeightRandom',
};

/** The policy that `text` spells exactly. */
export function exactLbPolicy(text: string): LbPolicy | undefined {
  return POLICIES.find((policy) => policy === text);
}

/** The policy that `text` must mean although Pixiu does not take it. */
export function lookalikeLbPolicy(text: string): LbPolicy | undefined {
  const key = text.toLowerCase().replaceAll(/[^a-z]/g, '');
  return Object.hasOwn(LOOKALIKES, key) ? LOOKALIKES[key] : undefined;
}

/** What the gateway does; Pixiu takes every spelling but the exact ones as `Rand`. */
export function resolveLbPolicy(text: string): LbPolicy {
  return exactLbPolicy(text) ?? lookalikeLbPolicy(text) ?? 'Rand';
}

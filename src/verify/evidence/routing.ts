import { sumOf } from '../../base/lists.ts';
import { exactBinomialP } from '../../stats/binomial.ts';
import { wilsonInterval } from '../../stats/wilson.ts';
import type {
  Learns,
  RoutingEvidence,
  RoutingTest,
  RoutingTestId,
} from '../result/result-evidence.ts';

/** What became of one repeat: true where it went to the engine that had its beginning. */
export type Finding = boolean | undefined;

/** One wrong answer in a thousand, either way. */
const ERROR_RATE = 0.001;
/** What a router that means it finds at least; some give way to load now and then. */
const SKILL = 0.9;
/** Where blind choice finds more than this nothing can be told from it. */
export const CHANCE_MAX = 0.8;
/** Fewer repeats say too little of a gateway's shares to give up on them. */
const SHARES_NEED = 24;

/**
 * Whether more repeats are needed to tell skill from chance: Wald's sequential probability ratio test
 * of `SKILL` against `chance`. Source: Wald, "Sequential Tests of Statistical Hypotheses" (1945).
 */
export function isDecided(findings: readonly Finding[], chance: number): boolean {
  if (chance > CHANCE_MAX) return findings.length >= SHARES_NEED;
  let logRatio = 0;
  for (const found of findings) {
    if (found === undefined) continue;
    logRatio += found ? Math.log(SKILL / chance) : Math.log((1 - SKILL) / (1 - chance));
  }
  return Math.abs(logRatio) >= Math.log(1 / ERROR_RATE);
}

/** @param chance null where the number of engines is unknown */
export function testOf(
  id: RoutingTestId,
  findings: readonly Finding[],
  chance: number | null,
): RoutingTest {
  const known = findings.filter((it) => it !== undefined);
  const found = known.filter(Boolean).length;
  return {
    id,
    trials: findings.length,
    found,
    unknown: findings.length - known.length,
    chance,
    interval: known.length === 0 ? null : wilsonInterval(found, known.length),
    p: chance === null || known.length === 0 ? null : exactBinomialP(found, known.length, chance),
  };
}

/** Certainly more than blind choice finds. */
export function isSkill({ p, chance }: RoutingTest): boolean {
  return p !== null && chance !== null && chance <= CHANCE_MAX && p <= ERROR_RATE;
}

/** Certainly told apart from skill: blind choice explains it, and skill does not. */
function isBlind(test: RoutingTest): boolean {
  return !isSkill(test) && (test.interval?.high ?? 1) < SKILL;
}

/** What the tests come to. */
export function learnsOf(tests: readonly RoutingTest[]): Pick<RoutingEvidence, 'learns' | 'scope'> {
  const skilled = tests.find(isSkill);
  if (skilled) return { learns: KINDS[skilled.id], scope: scopeOf(skilled.id) };
  const memory = tests.filter(({ id }) => id === 'memory' || id === 'memory-exact');
  const isTold = memory.length > 0 && memory.every(isBlind);
  return { learns: isTold ? 'none' : 'unknown', scope: null };
}

const KINDS: Readonly<Record<RoutingTestId, Learns>> = {
  index: 'index',
  memory: 'memory',
  'memory-exact': 'memory',
  connection: 'connection',
  session: 'session',
};

function scopeOf(id: RoutingTestId): RoutingEvidence['scope'] {
  if (id === 'connection' || id === 'session') return null;
  return id === 'memory-exact' ? 'exact-repeats' : 'prefixes';
}

/** Σ pᵢ·qᵢ: how often two blind choices with these shares agree. */
export function agreementByChance(
  p: Readonly<Record<string, number>>,
  q: Readonly<Record<string, number>>,
): number {
  const [pTotal, qTotal] = [p, q].map((it) => sumOf(Object.values(it))) as [number, number];
  if (pTotal === 0 || qTotal === 0) return 0;
  return sumOf(Object.entries(p), ([id, n]) => (n * (q[id] ?? 0)) / pTotal / qTotal);
}

import type { Finding } from '../../base/outcome.ts';
import type { EngineProfile } from '../../target/engine-profile.ts';
import { distinctEndpoints } from '../../target/targets.ts';
import { type Probe, type ProbeContext, engineName } from '../probe.ts';
import type { Trial } from '../trial.ts';
import { balanceSigns } from './balanced.ts';

const REMEDY =
  'Give every engine once, by its own address (--vllm twice, or ENGINE_ENDPOINT_B_HOST and _PORT). Until then routing cannot be judged: with one engine every request hits by construction.';

/** Routing among one engine cannot be judged, whether its addresses are spelt alike or not. */
export const addressesProbe: Probe = {
  id: 'distinct-engines',
  needs: 'engines',
  async run(context): Promise<Finding[]> {
    const { engines } = context.targets;
    const distinct = distinctEndpoints(engines);
    const draft = {
      id: 'distinct-engines',
      claim: 'There are at least two engines, each a process of its own.',
      severity: 'degrading',
      expected: '2 or more',
      actual: `${distinct} different addresses among ${engines.length}`,
      evidence: engines.map(engineName).join(', '),
    } as const;
    if (distinct < 2 || distinct < engines.length) {
      return [{ ...draft, outcome: 'inconclusive', remedy: REMEDY }];
    }
    const twins = await twinsOf(context);
    if (twins.length === 0) return [{ ...draft, outcome: 'pass', remedy: '' }];
    return twins.map(({ pair, sign, isCertain }) => ({
      ...draft,
      outcome: isCertain ? 'fail' : 'inconclusive',
      actual: `${pair.join(' and ')} ${isCertain ? 'are' : 'look like'} one process`,
      evidence: sign,
      remedy: isCertain
        ? REMEDY
        : `${REMEDY} Nothing to do if they share a cache beyond the engines.`,
      facts: { engine: pair[0], twin: pair[1], isOneProcess: isCertain || null },
    }));
  },
};

interface Twins {
  pair: readonly [string, string];
  sign: string;
  isCertain: boolean;
}

interface Side {
  profile: EngineProfile;
  trial: Trial;
}

async function twinsOf({ profiles, trials }: ProbeContext): Promise<Twins[]> {
  const { engines } = await trials();
  // An address that leads to several engines shows now this one's counters, now that one's.
  const sides = profiles
    .map((profile, index) => ({ profile, trial: engines[index]! }))
    .filter((it) => balanceSigns(it.profile, it.trial).certain.length === 0);
  return sides.flatMap((first, index) =>
    sides.slice(index + 1).flatMap((second) => {
      const signs = signsOfOne(first, second);
      const pair = [first.profile.engine.id, second.profile.engine.id] as const;
      const isCertain = signs.some(([, certain]) => certain) || signs.length > 1;
      return signs.length === 0
        ? []
        : [{ pair, isCertain, sign: signs.map(([sign]) => sign).join('; ') }];
    }),
  );
}

/** Signs that two addresses are one process, and whether each is certain by itself. */
function signsOfOne(first: Side, second: Side): (readonly [sign: string, isCertain: boolean])[] {
  const [start, itsStart] = [first.profile.startedAt, second.profile.startedAt];
  if (start !== null && itsStart !== null && start !== itsStart) return [];
  const counted = countedTogether(first, second);
  if (counted !== undefined) return counted === '' ? [] : [[counted, true]];
  const [a, b] = [first.profile.engine.id, second.profile.engine.id];
  // A cache beyond the engines, such as LMCache, looks the same.
  const isHeld = second.trial.alsoHolds.includes(a);
  return [
    ...(isHeld ? [[`a prompt sent to ${a} alone is cached at ${b}`, false] as const] : []),
    ...(start !== null && start === itsStart
      ? [['both started at the same moment', false] as const]
      : []),
  ];
}

/** Counters that move together and stand alike are one process's; empty when they do not, undefined without counters. */
function countedTogether({ profile, trial }: Side, second: Side): string | undefined {
  const [a, b] = [profile.engine.id, second.profile.engine.id];
  const [mine, its] = [trial.after.engines[a], trial.after.engines[b]];
  if (mine?.requests == null || its?.requests == null) return undefined;
  const gain = trial.gained.engines[b]?.requests ?? 0;
  const isEqual = mine.requests === its.requests && mine.promptTokens === its.promptTokens;
  return isEqual && gain > 0
    ? `${gain} requests sent to ${a} alone were counted by ${b} too, which now stands at the same ${its.requests}`
    : '';
}

import type { Finding } from '../../base/outcome.ts';
import type { EngineProfile } from '../../target/engine-profile.ts';
import { distinctEndpoints } from '../../target/targets.ts';
import { type Probe, type ProbeContext, engineName, notPassed, passed } from '../probe.ts';
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
      claim: 'There are at least two engines, each a process of its own.',
      severity: 'degrading',
      expected: '2 or more',
      actual: `${distinct} different addresses among ${engines.length}`,
      evidence: engines.map(engineName).join(', '),
    } as const;
    if (distinct < 2 || distinct < engines.length) {
      return [notPassed('distinct-engines', 'inconclusive', { ...draft, remedy: REMEDY })];
    }
    const twins = await twinsOf(context);
    if (twins.length === 0) return [passed('distinct-engines', draft)];
    return twins.map(({ pair, sign, isCertain }) =>
      notPassed('distinct-engines', isCertain ? 'fail' : 'inconclusive', {
        ...draft,
        actual: isCertain
          ? `${pair.join(' and ')} are one process`
          : `${pair.join(' and ')} share a cache`,
        evidence: sign,
        remedy: isCertain
          ? REMEDY
          : `${REMEDY} Nothing to do if they share a cache beyond the engines.`,
        facts: { engine: pair[0], twin: pair[1], isOneProcess: isCertain || null },
      }),
    );
  },
};

interface Twins {
  pair: readonly [string, string];
  sign: string;
  isCertain: boolean;
}

async function twinsOf({ profiles, trials }: ProbeContext): Promise<Twins[]> {
  const { engines } = await trials();
  const pairs = profiles.flatMap((first, index) =>
    profiles
      .slice(index + 1)
      .map((second, offset) => ({ first, second, at: index, of: index + 1 + offset })),
  );
  // An address that leads to several engines shows now this one's counters, now that one's.
  const isOne = profiles.map((it, index) => balanceSigns(it, engines[index]!).certain.length === 0);
  return pairs
    .filter(({ at, of }) => isOne[at] && isOne[of])
    .flatMap(({ first, second, at, of }) => twins(first, second, [engines[at]!, engines[of]!]));
}

/** Counters that move together and stand alike are one process's; a shared cache may be LMCache's. */
function twins(
  first: EngineProfile,
  second: EngineProfile,
  trials: readonly [Trial, Trial],
): Twins[] {
  const [a, b] = [first.engine.id, second.engine.id];
  const pair = [a, b] as const;
  const starts = new Set([first.startedAt, second.startedAt].filter((it) => it !== null));
  if (starts.size === 2) return [];
  const { gained, after } = trials[0];
  const [mine, its] = [after.engines[a], after.engines[b]];
  if (mine?.requests == null || its?.requests == null) {
    const sign = `a prompt sent to ${a} alone is cached at ${b}`;
    return trials[1].alsoHolds.includes(a) ? [{ pair, sign, isCertain: false }] : [];
  }
  const gain = gained.engines[b]?.requests ?? 0;
  const isEqual = mine.requests === its.requests && mine.promptTokens === its.promptTokens;
  const sign = `${gain} requests sent to ${a} alone were counted by ${b} too, which now stands at the same ${its.requests}`;
  return isEqual && gain > 0 ? [{ pair, sign, isCertain: true }] : [];
}

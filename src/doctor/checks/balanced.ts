import { type Finding, settled } from '../../base/outcome.ts';
import type { EngineProfile } from '../../target/engine-profile.ts';
import { type Probe, engineName } from '../probe.ts';
import { type Trial, hitAt } from '../trial.ts';

/** An address that is really several engines (a Kubernetes Service, a load balancer) holds no prefix. */
export const balancedProbe: Probe = {
  id: 'one-engine-per-address',
  needs: 'engines',
  async run({ profiles, trials }) {
    const { engines } = await trials();
    return profiles.map((profile, index) => judge(profile, engines[index]!));
  },
};

interface Signs {
  certain: string[];
  /** Data-parallel ranks that nobody labels look the same. */
  possible: string[];
}

/** What tells that an address leads to several engines. */
export function balanceSigns({ ranks }: EngineProfile, trial: Trial): Signs {
  const certain: string[] = [];
  const starts = new Set(trial.looks.flatMap(({ startedAt }) => startedAt ?? []));
  if (starts.size > 1) certain.push(`${starts.size} processes by their start times`);
  const requests = trial.looks.flatMap((it) => it.requests ?? []);
  if (requests.some((it, index) => index > 0 && it < requests[index - 1]!)) {
    certain.push(`its counter of requests goes back and forth: ${requests.join(', ')}`);
  }
  const names = new Set(
    [trial.first, ...trial.repeats].flatMap(({ value }) => value?.sample.servedBy ?? []),
  );
  if (names.size > 1) certain.push(`answers of ${[...names].join(' and ')}`);
  const hit = hitAt(trial) ?? 0;
  const isLate = hit > 1 && ranks === 1;
  return {
    certain,
    possible: isLate ? [`a repeated prompt missed ${hit - 1} times, then hit`] : [],
  };
}

function judge(profile: EngineProfile, trial: Trial): Finding {
  const { engine } = profile;
  const { certain, possible } = balanceSigns(profile, trial);
  const signs = [...certain, ...possible];
  const outcome = signs.length === 0 ? 'pass' : certain.length > 0 ? 'fail' : 'inconclusive';
  const remedy =
    'Give the address of every engine itself (in Kubernetes the pods’, or a headless Service’s), not of a load balancer before them';
  return settled<Finding>({
    id: 'one-engine-per-address',
    claim: `One engine answers at this address: ${engineName(engine)}.`,
    severity: 'degrading',
    outcome,
    expected: 'one process, by its counters, names and cache',
    actual: signs.join('; ') || 'one',
    evidence: `${trial.looks.length} looks at its metrics and a repeated prompt, each over a new connection`,
    facts: {
      engine: engine.id,
      isBalanced: certain.length > 0 ? true : possible.length > 0 ? null : false,
    },
    remedy:
      outcome === 'fail'
        ? `${remedy}.`
        : `${remedy}; data-parallel ranks behind it look the same, and want a ranks’ address each.`,
  });
}

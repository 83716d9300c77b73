import type { Finding } from '../../base/outcome.ts';
import { type EngineProfile, metricPage } from '../../target/engine-profile.ts';
import { type Probe, type ProbeContext, engineName, notPassed, passed } from '../probe.ts';
import { type Trial, hitAt } from '../trial.ts';

/** An address that is really several engines (a Kubernetes Service, a load balancer) holds no prefix. */
export const balancedProbe: Probe = {
  id: 'one-engine-per-address',
  needs: 'engines',
  async run(context) {
    const trials = await context.trials();
    const findings: Finding[] = [];
    for (const [index, profile] of context.profiles.entries()) {
      findings.push(judge(profile, await signsOf(profile, trials.engines[index]!, context)));
    }
    return findings;
  },
};

/** Looks at one page, each over a new connection; two engines in turn show themselves in all but 1 of 32. */
const LOOKS = 6;

interface Signs {
  certain: string[];
  /** Data-parallel ranks that nobody labels look the same. */
  possible: string[];
}

async function signsOf(
  { metricsUrl, kind, ranks }: EngineProfile,
  trial: Trial,
  { targets, signal }: ProbeContext,
): Promise<Signs> {
  const certain: string[] = [];
  const starts = new Set<number>();
  const requests: number[] = [];
  for (let look = 0; look < LOOKS; look++) {
    const page = await metricPage(metricsUrl, targets, signal);
    const startedAt = page.largest('process_start_time_seconds');
    if (startedAt !== null) starts.add(startedAt);
    const counted = kind.count(page).requests;
    if (counted !== null) requests.push(counted);
  }
  if (starts.size > 1) certain.push(`${starts.size} processes by their start times`);
  if (requests.some((it, index) => index > 0 && it < requests[index - 1]!)) {
    certain.push(`its counter of requests goes back and forth: ${requests.join(', ')}`);
  }
  const names = new Set(
    [trial.first, ...trial.repeats].flatMap(({ value }) => value?.servedBy?.endpoint ?? []),
  );
  if (names.size > 1) certain.push(`answers of ${[...names].join(' and ')}`);
  const hit = hitAt(trial);
  const possible =
    hit !== null && hit > 1 && ranks === 1
      ? [`a repeated prompt missed ${hit - 1} times, then hit`]
      : [];
  return { certain, possible };
}

function judge({ engine }: EngineProfile, { certain, possible }: Signs): Finding {
  const id = 'one-engine-per-address';
  const signs = [...certain, ...possible];
  const draft = {
    claim: `One engine answers at this address: ${engineName(engine)}.`,
    severity: 'degrading',
    expected: 'one process, by its counters, names and cache',
    actual: signs.join('; ') || 'one',
    evidence: `${LOOKS} looks at its metrics and a repeated prompt, each over a new connection`,
    facts: {
      engine: engine.id,
      isBalanced: certain.length > 0 ? true : possible.length > 0 ? null : false,
    },
  } as const;
  if (signs.length === 0) return passed(id, draft);
  const remedy =
    'Give the address of every engine itself (in Kubernetes the pods’, or a headless Service’s), not of a load balancer before them';
  if (certain.length > 0) return notPassed(id, 'fail', { ...draft, remedy: `${remedy}.` });
  return notPassed(id, 'inconclusive', {
    ...draft,
    remedy: `${remedy}; data-parallel ranks behind it look the same, and want a ranks’ address each.`,
  });
}

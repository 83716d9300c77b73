import { formatHitShare, formatMs, formatShare } from './format.ts';
import type { ArmSummary } from './result-arms.ts';
import type { ParityLine, VerifyResult } from './result.ts';

type ParityInput = Pick<
  VerifyResult,
  'targets' | 'routing' | 'arms' | 'hitRate' | 'comparisons' | 'artefacts'
>;

/** Every line the original `verify.sh` printed, in its order. */
export function parityLines(input: ParityInput): ParityLine[] {
  return [...placeLines(input), ...latencyLines(input), ...fileLines(input)];
}

function placeLines({ targets, routing, hitRate }: ParityInput): ParityLine[] {
  const lookup = routing?.lookup ?? null;
  return [
    line('vLLM endpoint', targets.engines[0]?.url ?? 'none', 'VLLM_ENDPOINT'),
    line('LMCache endpoint', targets.controllerUrl ?? 'none', 'LMCACHE_ENDPOINT'),
    line(
      'Preferred endpoint',
      lookup === null
        ? 'nobody was asked'
        : `the holder, ${lookup.namedHolder} of ${lookup.asked} times`,
      'the largest matched count for a three-word prompt that was never sent',
      'Here the lookups are of prompts that engines really have, long enough to be cached.',
    ),
    line(
      'Lookup success',
      lookup === null ? 'not tried' : lookup.listed > 0 ? 'yes' : 'no',
      'HTTP 200 of /lookup',
      'Here an empty answer is no success.',
    ),
    line(
      'Preferred endpoint hit rate',
      hitRate === null
        ? 'not measured'
        : `${hitRate.hits}/${hitRate.total}${hitRate.unknown > 0 ? `, ${hitRate.unknown} unknown` : ''} (${formatHitShare(hitRate)})`,
      'lifetime counters, probes and baseline included',
      'Here only requests of one phase (arm C) count, each attributed by its own evidence.',
    ),
  ];
}

function latencyLines({ arms, comparisons }: ParityInput): ParityLine[] {
  const [baseline, cached] = [arms.find((it) => it.id === 'A'), arms.find((it) => it.id === 'C')];
  const old = comparisons.find((it) => it.id === 'old-script');
  const delta = old?.value === undefined || old.value === null ? null : 1 - old.value;
  return [
    line(
      'Baseline latency',
      latencyOf(baseline),
      'mean and nearest-rank p95 of 12 sequential calls (the p95 is then the maximum)',
      'Arm A: unique from the first token on, so that nothing of it can be cached.',
    ),
    line(
      'Cached latency',
      latencyOf(cached),
      'the same, always after the baseline',
      'Arm C, interleaved with the baseline in random order.',
    ),
    line(
      'p95 improvement',
      delta === null ? 'not resolved' : formatShare(delta),
      '(baseline − cached)/baseline, never judged',
      'It mixes caching and routing; cache gain and routing gain are judged apart.',
    ),
  ];
}

function latencyOf(arm: ArmSummary | undefined): string {
  const latency = arm?.latency;
  if (!latency) return 'not measured';
  return `mean ${formatMs(latency.mean)}, p95 ${formatMs(latency.p95.value)} (n = ${latency.n})`;
}

function fileLines({ artefacts, targets }: ParityInput): ParityLine[] {
  const none =
    targets.gatewayMode === 'running' ? 'none (running gateway)' : 'not kept (--keep-work-dir)';
  return [
    line('Rendered config', artefacts.renderedConfig ?? none, 'envsubst'),
    line('Gateway log', artefacts.gatewayLog ?? none, 'the same file'),
  ];
}

function line(label: string, value: string, replaces: string, note = ''): ParityLine {
  return { label, value, replaces, note };
}

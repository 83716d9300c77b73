import { metricFamily } from '../../protocol/metric-family.ts';
import { formatMetrics, type MetricFamily } from '../../protocol/prometheus.ts';
import type { PromptsResult } from '../../prompts/result.ts';
import type { CapacityFigures } from '../../capacity/result.ts';
import type { HitRate } from '../../verify/result/result-evidence.ts';
import { judgements } from '../headline.ts';
import { judgedFacts } from '../judged.ts';
import type {
  CalibrateReport,
  LoadReport,
  Report,
  SimulateReport,
  VerifyFigures,
  VerifyReport,
} from '../model.ts';

interface Family {
  name: string;
  help: string;
  points: { labels?: Record<string, string>; value: number | null }[];
}

/**
 * The main figures as gauges in OpenMetrics text, for a Prometheus textfile collector or push gateway.
 * What is unknown is left out: a gap, not a zero. Times are seconds, as Prometheus wants them.
 */
export function renderOpenMetrics(report: Report): string {
  const families = [...judgedFamily(report), ...commonFamilies(report), ...kindFamilies(report)];
  const known = families.map(knownOf).filter(({ samples }) => samples.length > 0);
  return `${formatMetrics(known)}# EOF\n`;
}

function judgedFamily(report: Report): Family[] {
  const facts = judgedFacts(report);
  if (facts.length === 0) return [];
  const labels = facts.map(({ name, text }) => [name.replaceAll(' ', '_'), text] as const);
  return [info('kvcache_judged', 'What was judged; always 1.', [Object.fromEntries(labels)])];
}

function commonFamilies(report: Report): Family[] {
  const { kind, version, outcome, exitCode, durationMs, isPartial } = report;
  return [
    {
      name: 'kvcache_report',
      help: 'What was reported; always 1.',
      points: [{ labels: { kind, version, outcome, partial: String(isPartial) }, value: 1 }],
    },
    gauge('kvcache_exit_code', 'Exit code of the run.', exitCode),
    gauge('kvcache_duration_seconds', 'How long the run took.', seconds(durationMs)),
    {
      name: 'kvcache_check_passed',
      help: 'Whether a check holds, by check and outcome.',
      points: judgements(report).map(({ id, outcome: found }) => ({
        labels: { check: id, outcome: found },
        value: found === 'pass' ? 1 : 0,
      })),
    },
  ];
}

function kindFamilies(report: Report): Family[] {
  if (report.kind === 'verify') return verifyFamilies(report);
  if (report.kind === 'prompts') return promptsFamilies(report.result);
  if (report.kind === 'simulate') return simulateFamilies(report);
  if (report.kind === 'capacity') return capacityFamilies(report.result);
  if (report.kind === 'calibrate') return calibrateFamilies(report);
  return report.kind === 'load' ? loadFamilies(report) : [];
}

function verifyFamilies({ result }: VerifyReport): Family[] {
  const { arms, comparisons, hitRate } = result;
  const ends = (end: 'low' | 'high'): Family['points'] =>
    comparisons.map(({ id, interval }) => ({
      labels: { comparison: id },
      value: interval?.[end] ?? null,
    }));
  return [
    {
      name: 'kvcache_ttft_seconds',
      help: 'Time to first token by arm and percentile.',
      points: arms.flatMap(({ id, ttft }) =>
        (['p50', 'p95', 'p99'] as const).map((name) => ({
          labels: { arm: id, percentile: name.slice(1) },
          value: seconds(ttft?.[name].value ?? null),
        })),
      ),
    },
    {
      name: 'kvcache_comparison',
      help: 'Treatment divided by base, or the share for routing efficiency.',
      points: comparisons.map(({ id, value }) => ({ labels: { comparison: id }, value })),
    },
    {
      name: 'kvcache_comparison_low',
      help: 'Lower end of the 95 % interval of a comparison.',
      points: ends('low'),
    },
    {
      name: 'kvcache_comparison_high',
      help: 'Upper end of the 95 % interval of a comparison.',
      points: ends('high'),
    },
    info(
      'kvcache_comparison_outcome',
      'What a claimed gain came to; always 1.',
      comparisons.flatMap(({ id, outcome }) =>
        outcome === null ? [] : [{ comparison: id, outcome }],
      ),
    ),
    ...hitFamilies(hitRate),
    ...routingFamilies(result),
  ];
}

function hitFamilies(hitRate: HitRate | null): Family[] {
  const help = 'Requests that reached the engine that holds their prefix';
  return [
    gauge('kvcache_preferred_hit_ratio', `${help}; absent while any is unknown.`, hitRate?.value),
    gauge(
      'kvcache_preferred_hit_ratio_low',
      'If all that is unknown missed.',
      hitRate?.bounds?.low,
    ),
    gauge('kvcache_preferred_hit_ratio_high', 'If all that is unknown hit.', hitRate?.bounds?.high),
    {
      name: 'kvcache_preferred_requests',
      help: 'Requests with routing on (C) by what became of them.',
      points: (['hits', 'misses', 'unknown'] as const).map((state) => ({
        labels: { state },
        value: hitRate?.[state] ?? null,
      })),
    },
  ];
}

function routingFamilies({ routing, served, cause }: VerifyFigures): Family[] {
  return [
    {
      name: 'kvcache_routing_found_ratio',
      help: 'Repeats that found their beginning, by test of the probe.',
      points: (routing?.tests ?? []).map(({ id, found, trials, unknown }) => ({
        labels: { test: id },
        value: trials === unknown ? null : found / (trials - unknown),
      })),
    },
    {
      name: 'kvcache_source_believed',
      help: 'Whether a source of evidence agrees with the engines’ counters.',
      points: (served?.sources ?? []).map(({ source, isTrusted, contradiction }) => ({
        labels: { source, contradiction: isTrusted ? '' : (contradiction ?? '') },
        value: isTrusted ? 1 : 0,
      })),
    },
    info(
      'kvcache_cause',
      'Why it is not as it should be; always 1.',
      cause ? [{ cause: cause.id, sentence: cause.sentence, remedy: cause.remedy }] : [],
    ),
  ];
}

function loadFamilies({ result }: LoadReport): Family[] {
  const times = (['latency', 'ttft'] as const).map((metric): Family => ({
    name: `kvcache_${metric}_seconds`,
    help: `${metric === 'ttft' ? 'Time to first token' : 'Latency'} by percentile.`,
    points: result[metric].percentiles.map(({ percent, value }) => ({
      labels: { percentile: String(percent) },
      value: seconds(value),
    })),
  }));
  return [
    gauge('kvcache_requests', 'Requests measured.', result.requests),
    gauge('kvcache_error_ratio', 'Share of them that failed.', result.errorRate),
    gauge('kvcache_prefix_hit_ratio', 'Cached by prompt tokens.', result.prefixHitRate),
    ...times,
  ];
}

function calibrateFamilies({ result }: CalibrateReport): Family[] {
  const points = result.errors.map(({ metric, regime, mape }) => ({
    labels: { metric, regime },
    value: mape,
  }));
  const help = 'Mean absolute error of predictions of what was not fitted, as a share.';
  return [{ name: 'kvcache_prediction_error', help, points }];
}

function simulateFamilies({ result }: SimulateReport): Family[] {
  const points = result.rows.flatMap(({ policy, setting, metrics }) => {
    const settings = Object.entries(setting).map(([name, value]) => [name, String(value)] as const);
    const labels = { policy, ...Object.fromEntries(settings) };
    return Object.entries(metrics).map(([metric, { mean }]) => ({
      labels: { ...labels, metric },
      value: mean,
    }));
  });
  const help = 'Means over seeds, by metric as --slo names it; times in ms.';
  return [{ name: 'kvcache_simulated', help, points }];
}

function capacityFamilies({ curves, gain }: CapacityFigures): Family[] {
  const rates = (end: 'held' | 'failed'): Family['points'] =>
    curves.map((curve) => ({ labels: { routing: curve.arm }, value: curve[end] }));
  return [
    {
      name: 'kvcache_capacity_held',
      help: 'Highest requests per second within the objectives.',
      points: rates('held'),
    },
    {
      name: 'kvcache_capacity_failed',
      help: 'Lowest above it that were not.',
      points: rates('failed'),
    },
    gauge('kvcache_capacity_gain', 'Carried with routing ÷ without.', gain?.times.value),
    gauge('kvcache_capacity_gain_low', 'Lower end of its 95 % interval.', gain?.times.low),
    gauge('kvcache_capacity_gain_high', 'Upper end of its 95 % interval.', gain?.times.high),
  ];
}

function info(name: string, help: string, all: readonly Record<string, string>[]): Family {
  return { name, help, points: all.map((labels) => ({ labels, value: 1 })) };
}

function gauge(name: string, help: string, value: number | null | undefined): Family {
  return { name, help, points: [{ value: value ?? null }] };
}

function promptsFamilies({ requests, promptTokens, reuse, breaks }: PromptsResult): Family[] {
  return [
    gauge('kvcache_prompts_requests', 'Requests of the file.', requests),
    gauge('kvcache_prompts_tokens', 'Tokens of all prompts.', promptTokens),
    {
      name: 'kvcache_prompts_reusable_ratio',
      help: 'Share of the prompt tokens that an endless cache could give, by block size.',
      points: reuse.map(({ blockSize, share }) => ({
        labels: { block_size: blockSize === null ? 'token' : `${blockSize}` },
        value: share,
      })),
    },
    {
      name: 'kvcache_prompts_lost_tokens',
      help: 'Tokens lost to breaks, by culprit and place.',
      points: (breaks?.byCulprit ?? []).map(({ culprit, place, lostTokens }) => ({
        labels: { culprit, place },
        value: lostTokens,
      })),
    },
  ];
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}

/** Without the points that are unknown. */
function knownOf({ name, help, points }: Family): MetricFamily {
  const known = points.flatMap(({ labels = {}, value }) =>
    value === null ? [] : [{ labels, value }],
  );
  return metricFamily({ name, help, type: 'gauge' }, known);
}

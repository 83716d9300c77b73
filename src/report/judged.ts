import { routesText } from '../verify/result/routes-text.ts';
import type { TargetsSummary } from '../verify/result/result.ts';
import type { Report, VerifyFigures } from './model.ts';

/** One thing that was judged. */
export interface JudgedFact {
  name: string;
  text: string;
  /** Easily taken for something else: to be seen first. */
  isLoud: boolean;
}

const ENGINES_SHOWN_MAX = 8;

/** What was judged, before anything is said of it; empty but for a verification. */
export function judgedFacts(report: Report): JudgedFact[] {
  if (report.kind !== 'verify') return [];
  const { result } = report;
  const { targets } = result;
  return [
    { ...quiet('gateway', gatewayText(result)), isLoud: targets.gatewayMode === 'embedded' },
    quiet('engines', enginesText(result)),
    quiet('controller', controllerText(result)),
    quiet('model', targets.model ?? 'not known'),
    quiet('routes by', result.routing ? routesText(result.routing) : 'not asked'),
    quiet('routing off', routingOffText(result)),
  ];
}

function quiet(name: string, text: string): JudgedFact {
  return { name, text, isLoud: false };
}

function gatewayText({ targets, versions, settings }: VerifyFigures): string {
  const url = targets.gatewayUrl ?? 'not started';
  const version = versions.gateway === null ? '' : ` (${versions.gateway})`;
  switch (targets.gatewayMode) {
    case 'embedded':
      return `EMBEDDED, policy ${targets.policy ?? 'not known'}: kvcache’s own gateway, started for this run. Yours is judged with --gateway URL.`;
    case 'binary': {
      const program = settings.find(({ name }) => name === 'gateway')?.value ?? 'a program';
      return `${program}, started for this run at ${url}${version}`;
    }
    case 'running':
      return `${url}${version}`;
  }
}

function enginesText({ targets, versions }: VerifyFigures): string {
  const { engines, replicas } = targets;
  const said = replicas === null ? '' : `${replicas} behind the gateway, as --replicas says`;
  if (engines.length === 0) return `none within reach; ${said || 'how many there are nobody says'}`;
  const shown = engines
    .slice(0, ENGINES_SHOWN_MAX)
    .map((it) => engineText(it, versions.engines[it.id] ?? null));
  const more = engines.length - shown.length;
  return [
    ...shown,
    ...(more > 0 ? [`${more} more`] : []),
    ...(replicas !== null && replicas > engines.length ? [said] : []),
  ].join(' · ');
}

function engineText({ id, url, kind }: TargetsSummary['engines'][number], version: string | null) {
  const what = [kind ?? 'kind not known', version].filter(Boolean).join(' ');
  return `${id} ${url} (${what})`;
}

function controllerText({ targets, versions }: VerifyFigures): string {
  if (targets.controllerUrl === null) return 'none';
  const { controllerDialect: dialect } = versions;
  return targets.controllerUrl + (dialect === null ? '' : ` (${dialect})`);
}

function routingOffText({ arms, targets, comparable }: VerifyFigures): string {
  if (!arms.some(({ id }) => id === 'B')) return 'not measured';
  switch (comparable['routingOff']) {
    case 'policy-header':
      return 'the same gateway, asked for round-robin by a header';
    case 'baseline-gateway':
      return `a second gateway, ${targets.baselineGatewayUrl ?? 'its URL not known'}`;
    default:
      return 'engines drawn at random, without the gateway: its own time counts against routing';
  }
}

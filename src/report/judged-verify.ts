import { formatCount } from '../base/figures.ts';
import { formatDuration } from '../base/duration.ts';
import { present } from '../base/lists.ts';
import { routesText } from '../verify/result/routes-text.ts';
import type { TargetsSummary } from '../verify/result/result.ts';
import { embedded, type JudgedFact, quiet, seedFact } from './judged-fact.ts';
import type { VerifyFigures, VerifyReport } from './model.ts';

const ENGINES_SHOWN_MAX = 8;

/** What a verification judged. */
export function verifyFacts({ result, seed }: VerifyReport): JudgedFact[] {
  const { targets } = result;
  return [
    gatewayFact(result),
    quiet('engines', enginesText(result)),
    quiet('controller', controllerText(result)),
    quiet('model', targets.model ?? 'not known'),
    quiet('routes by', result.routing ? routesText(result.routing) : 'not found out'),
    quiet('routing off', routingOffText(result)),
    quiet('workload', workloadText(result)),
    ...seedFact(seed),
    quiet('cost', costText(result)),
  ];
}

function gatewayFact(result: VerifyFigures): JudgedFact {
  const { gatewayMode, policy } = result.targets;
  return gatewayMode === 'embedded'
    ? embedded(policy, 'Yours is judged with --gateway URL.')
    : quiet('gateway', gatewayText(result));
}

function gatewayText({ targets, versions, settings }: VerifyFigures): string {
  const { gatewayUrl, gatewayMode } = targets;
  const version = versions.gateway === null ? '' : ` (${versions.gateway})`;
  if (gatewayMode === 'running') return `${gatewayUrl}${version}`;
  const program = settings.find(({ name }) => name === '--gateway')?.value ?? 'a program';
  return gatewayUrl === null
    ? `${program}, not started`
    : `${program}, started for this run at ${gatewayUrl}${version}`;
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

/** In the words of `--prefix-tokens`, `--concurrency` and the rest. */
function workloadText({ certificate, comparable, arms }: VerifyFigures): string {
  if (!certificate) return 'nothing was measured';
  const { promptTokens, sharedTokens } = certificate;
  const blocks = Math.max(0, ...arms.map((it) => it.blocks));
  const perArm = Math.max(0, ...arms.map((it) => it.requests));
  const inFlight = comparable['concurrency'];
  return present([
    `prompts of ${formatCount(promptTokens.mean)} tokens, ${formatCount(sharedTokens.max)} of them shared where cacheable`,
    `${formatCount(perArm)} requests per arm in ${blocks} blocks`,
    typeof inFlight === 'number' && `${inFlight} in flight`,
  ]).join('; ');
}

function costText({ cost: { spent } }: VerifyFigures): string {
  const { requests, promptTokens, outputTokens, durationMs } = spent;
  return `${formatCount(requests)} requests in ${formatDuration(durationMs)}, ${formatCount(promptTokens)} prompt tokens, ${formatCount(outputTokens)} output tokens`;
}

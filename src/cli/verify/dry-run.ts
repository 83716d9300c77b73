import { redactUrl } from '../../base/origin.ts';
import { printableJson } from '../../base/printable.ts';
import { formatBudget } from '../../verify/experiment/budget.ts';
import { type CostBeforehand, costBeforehand } from '../../verify/experiment/estimate.ts';
import type { ExperimentPlan } from '../../verify/experiment/plan.ts';
import type { TargetSettings } from '../../target/settings.ts';
import type { CliContext } from '../shell/context.ts';
import { ExitCode } from '../shell/exit-codes.ts';
import type { OutputFlags } from '../shell/options.ts';
import { Voice } from '../shell/voice.ts';

interface Judged {
  settings: TargetSettings;
  plan: ExperimentPlan;
}

/** `kvcache verify --dry-run`: what would be judged and sent, and what it costs. Nothing is sent. */
export function verifyDryRun(judged: Judged, flags: OutputFlags, context: CliContext): ExitCode {
  const { settings, plan } = judged;
  const cost = costBeforehand(plan, settings);
  if (flags.json) {
    const document = { schema: 'kvcache.verify-plan/v1', ...documentOf(judged, cost) };
    context.stdout.write(`${printableJson(document)}\n`);
    return ExitCode.pass;
  }
  new Voice(flags, context, context.stdout).insist(...linesOf(judged, cost));
  return ExitCode.pass;
}

function documentOf({ settings, plan }: Judged, cost: CostBeforehand): object {
  const { targets, policy, baselineGatewayUrl } = settings;
  const { engines, controllerUrl, model, access } = targets;
  return {
    gateway: gatewayText(settings),
    policy,
    baselineGateway: baselineGatewayUrl && redactUrl(baselineGatewayUrl),
    engines: engines.map(({ id, url }) => ({ id, url: redactUrl(url) })),
    controller: controllerUrl && redactUrl(controllerUrl),
    model,
    headers: Object.keys(access.headers),
    seed: plan.seed,
    budget: formatBudget(plan.budget),
    ...cost,
  };
}

function linesOf({ settings, plan }: Judged, cost: CostBeforehand): string[] {
  const { engines, controllerUrl, model, access } = settings.targets;
  const { arms, rounds, requestsPerBlock, requests, promptTokensMin, outputTokensMax } = cost;
  const headers = Object.keys(access.headers);
  const count = (value: number): string => value.toLocaleString('en-US');
  return [
    'Dry run: nothing was sent.',
    '',
    `gateway     ${gatewayText(settings)}`,
    `engines     ${engines.map(({ id, url }) => `${id} ${redactUrl(url)}`).join(', ') || 'none named'}`,
    `controller  ${controllerUrl === null ? 'none named' : redactUrl(controllerUrl)}`,
    `model       ${model === 'auto' ? 'the first that /v1/models lists' : model}`,
    ...(headers.length > 0 ? [`headers     ${headers.join(', ')} (values are not shown)`] : []),
    `experiment  arms ${arms.join(' ')}, ${rounds} rounds of ${requestsPerBlock} requests per arm, ${plan.concurrency} in flight, seed ${plan.seed}`,
    '',
    `sent        ${count(requests)} chat requests: ${count(cost.controlRequests)} that show whether the cache helps at all, ${count(cost.experimentRequests)} in the experiment, half of them unmeasured ones that fill caches`,
    '            before them the preflight and a probe of the routing: about 50 requests, up to a few hundred where nothing is found',
    `prompts     ${count(promptTokensMin)} tokens at least: ${count(plan.prefixTokens)} that two prompts share, and an end of their own`,
    `answers     ${count(outputTokensMax)} tokens at most`,
    `time        requests × time of a cold first token ÷ requests in flight: ${minutes(requests, plan, 200)} where that takes 200 ms, ${minutes(requests, plan, 1_000)} where it takes 1 s`,
    `budget      ${formatBudget(plan.budget)}`,
  ];
}

function minutes(requests: number, { concurrency }: ExperimentPlan, coldMs: number): string {
  return `${Math.ceil((requests * coldMs) / concurrency / 60_000)} min`;
}

function gatewayText({ gateway, policy, targets }: TargetSettings): string {
  switch (gateway.kind) {
    case 'running':
      return redactUrl(targets.gatewayUrl!);
    case 'embedded':
      return `kvcache's own, started for this run, policy ${policy}; yours is judged with --gateway URL`;
    case 'pixiu':
      return 'pixiu, started for this run';
    case 'program':
      return `${gateway.file}, started for this run`;
  }
}

import { errorsOf, interrupted, target, usage } from '../base/errors.ts';

export const verifyError = errorsOf({
  ARMS_INVALID: usage('--arms is no choice of arms, or none that can be measured here.'),
  BUDGET_INVALID: usage(
    '--budget has a part that cannot be read.',
    'Write time, requests or tokens: --budget time=10m,requests=5000,tokens=2M.',
  ),
  BUDGET_TOO_SMALL: usage(
    'The budget does not pay for one round.',
    'Raise --budget, or measure fewer arms (--arms BC) or shorter prompts (--prefix-tokens).',
  ),
  CAPACITY_MISSING: usage(
    '--slo and --engine-price need --capacity.',
    'Add --capacity, or judge this one load with --threshold.',
  ),
  DEPTH_CONFLICT: usage(
    'Only one of --quick, --thorough and --until-resolved can be given.',
    'Choose one.',
  ),
  PRICE_INVALID: usage(
    '--engine-price cannot be read.',
    'Write what one engine costs an hour: --engine-price 2.50/h.',
  ),
  REQUEST_FAILED: target(
    'A request that the experiment depends on failed.',
    'Look at what the server says above, and into its log.',
  ),
  ROUTING_STAYS_ON: usage(
    'Nothing can be compared: the routing of this gateway cannot be turned off.',
    'Name a second gateway with routing off (--baseline-gateway), or the engines (--vllm).',
  ),
  SLO_MISSING: usage(
    '--capacity has nothing to hold.',
    "Say with --slo what must hold, for example --slo 'ttft.p95 < 500ms'.",
  ),
  TIME_SPENT: interrupted(
    'The time budget was spent before a round was measured.',
    'Give --budget more time, or measure less: --quick, --arms BC.',
  ),
});

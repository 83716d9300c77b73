import { DOSE_REQUESTS } from './doses.ts';
import { REQUESTS_PER_PAIR } from './controls.ts';
import { newLedger } from './ledger.ts';
import type { VerifyOptions } from './options.ts';
import type { ExperimentPlan } from './plan.ts';
import { costOf, fitted, measurableArms } from './sizing.ts';

/** What a run will send, as far as that is known before anybody was asked anything. */
export interface CostBeforehand extends Pick<
  ExperimentPlan,
  'arms' | 'rounds' | 'requestsPerBlock'
> {
  /** Controls and experiment; the preflight and the probe are left out. */
  requests: number;
  controlRequests: number;
  experimentRequests: number;
  /** A prompt has an end of its own behind what it shares, whose length only the tokenizer tells. */
  promptTokensMin: number;
  outputTokensMax: number;
}

/** @throws KvcacheError BUDGET_TOO_SMALL, ARMS_INVALID (kind usage), as the run itself would */
export function costBeforehand(
  plan: ExperimentPlan,
  setting: Pick<VerifyOptions, 'baselineGatewayUrl'> & { targets: { engines: readonly unknown[] } },
): CostBeforehand {
  const engines = setting.targets.engines.length;
  const arms = measurableArms({ plan, ...setting }, engines);
  const size = fitted({ ...plan, arms }, newLedger(), plan.prefixTokens);
  const { rounds, requestsPerBlock } = size;
  const controlRequests = engines === 0 ? 0 : REQUESTS_PER_PAIR * plan.controlPairs + DOSE_REQUESTS;
  const experiment = costOf(size, { rounds, requestsPerBlock, promptTokens: plan.prefixTokens });
  return {
    arms,
    rounds,
    requestsPerBlock,
    requests: controlRequests + experiment.requests,
    controlRequests,
    experimentRequests: experiment.requests,
    promptTokensMin: experiment.promptTokens + controlRequests * plan.prefixTokens,
    outputTokensMax: experiment.outputTokens + controlRequests * plan.outputTokens,
  };
}

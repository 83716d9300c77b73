/**
 * The public API. Everything else may change without notice.
 *
 * The library hands back data and throws `KvcacheError`; it prints nothing and never exits.
 */
export { type Clock, systemClock } from './base/clock.ts';
export { type ErrorKind, KvcacheError } from './base/errors.ts';
export { type Check, type Outcome, worstOutcome } from './base/outcome.ts';
export { VERSION } from './base/version.ts';
export type { GatewayConfig } from './config/gateway-config.ts';
export { loadGatewayConfig } from './config/load.ts';
export { type GatewayOptions, type RunningGateway, startGateway } from './gateway/gateway.ts';
export type { LoadRequest } from './load/attempt.ts';
export type { PhasePlan } from './load/plan.ts';
export {
  type PhaseDependencies,
  type PhaseOutcome,
  type RequestSource,
  runPhase,
} from './load/run-load.ts';
export type { Sample } from './load/sample.ts';
export { type Addressed, type Answer, sendAll, sendOne, type SendSetting } from './load/send.ts';
export { createLoadClient, type LoadClient } from './net/load-client.ts';
export { parseReport } from './report/read.ts';
export type { Report } from './report/model.ts';
export { type MockStack, type MockStackOptions, startMockStack } from './stack/mock-stack.ts';
export type { VerifyOptions } from './verify/experiment/options.ts';
export type { VerifyResult } from './verify/result/result.ts';
export { verify } from './verify/verify.ts';

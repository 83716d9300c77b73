/**
 * The public API. Everything else may change without notice.
 *
 * The library hands back data and throws `KvcacheError`; it prints nothing and never exits.
 * `docs/guides/library.md` lists the values; the types are those that their signatures speak of.
 */
export { type Clock, systemClock } from './base/clock.ts';
export { type ErrorKind, KvcacheError, type KvcacheErrorOptions } from './base/errors.ts';
export type { Check, Finding, Outcome } from './base/outcome.ts';
export { VERSION } from './base/version.ts';
export type * from './config/gateway-config.ts';
export type { ConfigIssue } from './config/issue.ts';
export type * from './config/routing-policies.ts';
export { type LoadedGatewayConfig, loadGatewayConfig } from './config/load.ts';
export type { RuleId } from './config/rules.ts';
export type { IssueSeverity } from './config/rules/rule.ts';
export type { YamlSource } from './config/yaml-source.ts';
export {
  type GatewayOptions,
  type RunningGateway,
  type RunningListener,
  startGateway,
} from './gateway/gateway.ts';
export type { GatewayLogger } from './gateway/runtime-services.ts';
export type { PhaseFigures } from './load/aggregate.ts';
export type { LoadRequest } from './load/attempt.ts';
export type { AuditFinding } from './load/audit.ts';
export type * from './load/events.ts';
export type { KeptAnswer } from './load/kept-answer.ts';
export type { Pacer } from './load/pacer.ts';
export type { ClosedLoad, OpenLoad, PhasePlan } from './load/plan.ts';
export {
  type PhaseDependencies,
  type PhaseOutcome,
  type RequestSource,
  runPhase,
} from './load/run-load.ts';
export type { FailureClass, Phase, Sample, SampleLabels } from './load/sample.ts';
export { type Addressed, type Answer, sendAll, sendOne, type SendSetting } from './load/send.ts';
export {
  createLoadClient,
  type Exchange,
  type ExchangeSink,
  type LoadClient,
  type LoadClientOptions,
} from './net/load-client.ts';
export type {
  LoadFigures,
  CalibrateReport,
  CapacityReport,
  LoadReport,
  PromptsReport,
  Report,
  ReportHead,
  ReportSample,
  RunFigures,
  StepSummary,
  SimulateReport,
  RunReport,
  VerifyFigures,
  VerifyReport,
} from './report/model.ts';
export { parseReport } from './report/read.ts';
export type { TermStatus } from './calibrate/fit/judge-terms.ts';
export type { Ranges } from './calibrate/observe/ranges.ts';
export type { HoldOutMetric, RegimeError, Residual } from './calibrate/replay/hold-out.ts';
export type { CalibrateFigures, TermFigure } from './calibrate/result.ts';
export type * from './capacity/result.ts';
export type { Verdict as CapacityVerdict } from './capacity/step-judge.ts';
export type { MemoryExchange } from './gateway/sharing/exchange.ts';
export type { MemoryNote } from './gateway/sharing/note.ts';
export type { ClockFacts, ShardFacts } from './load/shard/shard-facts.ts';
export type { Shard } from './base/shard.ts';
export type { MetricFamily, MetricSample, MetricType } from './protocol/prometheus.ts';
export type { Access, TlsTrust } from './net/access.ts';
export type { GatewayChoice } from './net/gateway-choice.ts';
export type * from './prompts/result.ts';
export type { SeedEstimate } from './simulate/result/estimate.ts';
export type * from './simulate/result/result.ts';
export type { CurvePoint } from './prompts/reuse/curve.ts';
export type { ReuseCurve, ReuseShare } from './prompts/reuse/reuse.ts';
export type { Dialect } from './protocol/lmcache.ts';
export type { Place } from './schema/node.ts';
export type { Estimate } from './verify/judge/estimate.ts';
export type { FleetGatewaySettings } from './stack/gateway-config.ts';
export {
  type FleetStack,
  type FleetStackOptions,
  type ForeignGateway,
  startFleetStack,
} from './stack/fleet-stack.ts';
export { type MockStack, type MockStackOptions, startMockStack } from './stack/mock-stack.ts';
export type * from './stack/options.ts';
export type { Environment } from './base/environment.ts';
export type { RunningStack, StackSetting } from './stack/start-stack.ts';
export type { DesignKind } from './stats/design.ts';
export type { Interval } from './stats/interval.ts';
export type { Resolution } from './stats/resolution.ts';
export type { MetricFigures, PercentileFigure } from './stats/summary.ts';
export type { Threshold, ThresholdOperator } from './stats/threshold.ts';
export type { SettingSource } from './target/setting-reader.ts';
export type { Learns } from './target/flags.ts';
export type { EngineTarget, Targets } from './target/targets.ts';
export type { ExperimentFacts, MeasuredSample } from './verify/evidence/measured.ts';
export type { Budget } from './verify/experiment/budget.ts';
export type { MeasuredRequest, VerifyEvent, VerifyPhase } from './verify/experiment/events.ts';
export type { ExperimentPlan } from './verify/experiment/plan.ts';
export type * from './verify/result/result-arms.ts';
export type * from './verify/result/result-attribution.ts';
export type * from './verify/result/result-evidence.ts';
export type { Learns as LearnsFrom } from './verify/result/result-evidence.ts';
export type * from './verify/result/result.ts';
export { type DeploymentOptions, verifyDeployment } from './verify/verify-deployment.ts';

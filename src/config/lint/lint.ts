import type { GatewayConfig } from '../gateway-config.ts';
import type { GatewayFile } from '../gateway-schema.ts';
import { type ConfigIssue, type IssueText, makeIssue } from '../issue.ts';
import type { Places } from '../places.ts';
import type { RuleId } from '../rules.ts';
import { clusterChecks } from './clusters.ts';
import { endpointChecks } from './endpoints.ts';
import { filterChecks } from './filters.ts';
import { healthChecks } from './health-checks.ts';
import { listenerChecks } from './listeners.ts';
import { listChecks } from './lists.ts';
import { strategyChecks } from './strategy.ts';
import { timeoutChecks } from './timeouts.ts';

/** What a check may look at: the file as written, what it means, and where things stand. */
export interface LintSubject {
  file: GatewayFile;
  config: GatewayConfig;
  places: Places;
}

export interface Finding extends IssueText {
  rule: RuleId;
  /** Key the finding is about, also when it is not written. */
  path: string;
}

export type LintCheck = (subject: LintSubject) => Finding[];

const CHECKS: readonly LintCheck[] = [
  ...listenerChecks,
  ...listChecks,
  ...filterChecks,
  ...strategyChecks,
  ...timeoutChecks,
  ...clusterChecks,
  ...healthChecks,
  ...endpointChecks,
];

/** Judges what the file means; how it is written was judged while reading. */
export function lintGatewayConfig(subject: LintSubject): ConfigIssue[] {
  return CHECKS.flatMap((check) => check(subject)).map(({ rule, path, ...text }) =>
    makeIssue(rule, { path, place: subject.places.of(path) }, text),
  );
}

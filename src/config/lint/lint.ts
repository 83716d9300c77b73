import { type ConfigIssue, makeIssue } from '../issue.ts';
import type { LintCheck, LintSubject } from './check.ts';
import { clusterChecks } from './clusters.ts';
import { endpointChecks } from './endpoints.ts';
import { filterChecks } from './filters.ts';
import { healthChecks } from './health-checks.ts';
import { kvEventChecks } from './kv-events.ts';
import { sharedMemoryChecks } from './shared-memory.ts';
import { listenerChecks } from './listeners.ts';
import { listChecks } from './lists.ts';
import { strategyChecks } from './strategy.ts';
import { timeoutChecks } from './timeouts.ts';

const CHECKS: readonly LintCheck[] = [
  ...listenerChecks,
  ...listChecks,
  ...filterChecks,
  ...kvEventChecks,
  ...sharedMemoryChecks,
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

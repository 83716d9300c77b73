import { KvcacheError } from '../base/errors.ts';
import { buildResult } from './result/build-result.ts';
import { Deployment } from '../target/deployment.ts';
import { BUDGET_STOPS } from './experiment/budget.ts';
import { type Ledger, newLedger } from './experiment/ledger.ts';
import { examine } from '../doctor/doctor.ts';
import { measure } from './experiment/measure.ts';
import type { VerifyEvent } from './experiment/events.ts';
import type { VerifyOptions } from './experiment/options.ts';
import { withModel } from '../target/resolve-model.ts';
import type { Finding } from '../base/outcome.ts';
import type { VerifyResult } from './result/result.ts';
import { TIMING } from '../target/timing.ts';
import { timeLimit } from './experiment/time-limit.ts';

/**
 * The whole verification. An abort or a target that fails on the way ends it early: what was found
 * until then is in the result, marked as partial.
 * @throws KvcacheError BUDGET_TOO_SMALL (kind usage)
 */
export async function verify(given: VerifyOptions): Promise<VerifyResult> {
  const { lift, ...limit } = timeLimit(given.plan.budget.durationMs, given);
  const options = { ...given, ...limit };
  const startMs = options.clock.nowMs();
  const startedAt = new Date(options.clock.wallMs()).toISOString();
  const ledger = newLedger();
  ledger.findings.push(...options.findings);
  const durationMs = (): number => options.clock.nowMs() - startMs;
  const onEvent = (event: VerifyEvent): void => {
    if (event.type === 'phase' || event.type === 'block') {
      options.journal?.(ledger, { startedAt, durationMs: durationMs(), isDone: false });
    }
    options.onEvent?.(event);
  };
  try {
    await runSteps({ ...options, onEvent }, ledger);
  } catch (error) {
    const reason: unknown = options.signal?.aborted ? options.signal.reason : error;
    if (!(reason instanceof KvcacheError) || reason.kind === 'usage') throw error;
    // A stop by the user is no failure of a target; a gateway that died is.
    if (reason.kind !== 'interrupted') ledger.failure = reason;
    ledger.stopReason = stopReasonOf(reason, ledger);
  } finally {
    lift();
  }
  const timing = { startedAt, durationMs: durationMs() };
  options.journal?.(ledger, { ...timing, isDone: true });
  return buildResult(options, ledger, timing);
}

function stopReasonOf({ kind, code, message }: KvcacheError, { counts }: Ledger): string {
  if (code === 'TIME_SPENT') return counts.length > 0 ? BUDGET_STOPS.time : message;
  return kind === 'interrupted' ? 'Stopped by the user.' : message;
}

async function runSteps(options: VerifyOptions, ledger: Ledger): Promise<void> {
  const { signal, plan } = options;
  const onEvent = options.onEvent ?? ((): void => {});
  const targets = await withModel(options.targets, signal);
  ledger.model = targets.model;
  onEvent({ type: 'phase', phase: 'preflight' });
  const found = await examine({
    targets,
    clock: options.clock,
    signal,
    nonce: `${plan.nonce}-preflight`,
    onFinding: (finding) => onEvent({ type: 'finding', finding }),
  });
  ledger.findings.push(...found);
  if (isHopeless(ledger.findings)) {
    ledger.stopReason = 'A precondition is not met.';
    return;
  }
  onEvent({ type: 'phase', phase: 'gateway' });
  ledger.gateway = await options.startGateway(targets.model);
  const deployment = new Deployment({
    targets,
    gateway: ledger.gateway,
    clock: options.clock,
    requestTimeoutMs: TIMING.firstAnswerMs,
    signal,
  });
  try {
    await measure(options, ledger, deployment);
  } finally {
    ledger.controllerDialect = deployment.controllerDialect;
    await deployment.close();
  }
}

function isHopeless(findings: readonly Finding[]): boolean {
  return findings.some((it) => it.severity === 'blocking' && it.outcome !== 'pass');
}

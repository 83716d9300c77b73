import { runControls } from './controls.ts';
import type { Deployment } from '../../target/deployment.ts';
import { measureDoses } from './doses.ts';
import type { VerifyEvent } from './events.ts';
import { runExperiment } from './experiment.ts';
import { kvCapacity } from '../../target/engine-profile.ts';
import { type Ledger, addCost } from './ledger.ts';
import type { VerifyOptions } from './options.ts';
import { PromptMaker } from './prompts.ts';
import { announceCost, fitted } from './sizing.ts';
import { TIMING } from '../../target/timing.ts';
import { type WiringResult, traceWiring } from './wiring.ts';

/** Requests per level of the dose response. */
const DOSE_REPEATS = 4;

interface Measurement {
  options: VerifyOptions;
  ledger: Ledger;
  deployment: Deployment;
  maker: PromptMaker;
  onEvent: (event: VerifyEvent) => void;
}

/** Prompts, wiring, controls, doses and the experiment, in this order, into the ledger. */
export async function measure(
  options: VerifyOptions,
  ledger: Ledger,
  deployment: Deployment,
): Promise<void> {
  const { seed, nonce, prefixTokens } = options.plan;
  const onEvent = options.onEvent ?? ((): void => {});
  const maker = new PromptMaker({
    tokenize: (prompt) => deployment.tokenize(prompt),
    seed,
    nonce,
    prefixTokens,
  });
  const measurement = { options, ledger, deployment, maker, onEvent };
  const wiring = await prepare(measurement);
  const plan = fitted(options.plan, ledger, wiring.evidence.promptTokens);
  announceCost(options, ledger, plan);
  await measureEffect(measurement, wiring);
  onEvent({ type: 'phase', phase: 'experiment' });
  await runExperiment({
    runner: {
      deployment,
      maker,
      outputTokens: plan.outputTokens,
      routingOff: ledger.routingOff,
      admissionDeadlineMs: blockPatience(wiring.evidence.admissionMs),
      record: (observation) => {
        ledger.observations.push(observation);
        options.record?.(observation);
      },
    },
    plan,
    ledger,
    onEvent,
  });
  onEvent({ type: 'phase', phase: 'judging' });
}

async function prepare(measurement: Measurement): Promise<WiringResult> {
  const { options, ledger, deployment, maker, onEvent } = measurement;
  onEvent({ type: 'phase', phase: 'prompts' });
  await maker.calibrate();
  ledger.floorTokens = maker.floorTokens;
  const profiles = await deployment.profiles();
  ledger.engineVersions = Object.fromEntries(
    profiles.map(({ engine, version }) => [engine.id, version]),
  );
  ledger.capacity = kvCapacity(profiles);
  onEvent({ type: 'phase', phase: 'wiring' });
  const wiring = await traceWiring(deployment, maker, {
    outputTokens: options.plan.outputTokens,
    admissionDeadlineMs: patience(ledger),
  });
  ledger.wiring = wiring.evidence;
  ledger.gatewayVersion = wiring.gatewayVersion;
  ledger.routingOff = wiring.honoursPolicyHeader ? 'policy-header' : 'direct';
  return wiring;
}

/** How large the cache's effect is on engines with nothing else to do. */
async function measureEffect(measurement: Measurement, wiring: WiringResult): Promise<void> {
  const { options, ledger, deployment, maker, onEvent } = measurement;
  const { controlPairs, outputTokens, seed } = options.plan;
  onEvent({ type: 'phase', phase: 'controls' });
  const controls = await runControls(deployment, maker, {
    pairs: controlPairs,
    outputTokens,
    seed,
  });
  ledger.controls = controls.evidence;
  onEvent({ type: 'phase', phase: 'dose-response' });
  const { blockTokens } = ledger.capacity;
  const { doses, requests } = await measureDoses(deployment, maker, {
    repeats: DOSE_REPEATS,
    blockTokens,
    seed,
  });
  ledger.doses = doses;
  const spent = wiring.requests + controls.requests + requests;
  addCost(ledger.spent, {
    requests: spent,
    promptTokens: spent * wiring.evidence.promptTokens,
    outputTokens: spent * outputTokens,
  });
}

/** A controller that has let the preflight wait in vain gets another chance, but a short one. */
function patience({ findings }: Ledger): number {
  const isSilent = findings.some((it) => it.id === 'lookup' && it.outcome !== 'pass');
  return isSilent ? TIMING.secondChanceMs : TIMING.admissionDeadlineMs;
}

/** Ten times what one admission took: a prompt that was evicted meanwhile will never be listed. */
function blockPatience(admissionMs: number | null): number {
  if (admissionMs === null) return 0;
  return Math.min(TIMING.admissionDeadlineMs, Math.max(TIMING.secondChanceMs, 10 * admissionMs));
}

import type { Check, Outcome } from '../../base/outcome.ts';
import { countBy, type SentRequest } from '../../run/evidence.ts';
import type { Scenario } from '../../run/scenario.ts';
import type { StackMember } from '../../stack/options.ts';
import { membersDocument } from '../shell/member-document.ts';
import type { RunEnd } from './frame.ts';

/** Everything a finished scenario has to say. */
export interface ScenarioSummary extends PlayedScenario, RunEnd {}

export interface PlayedScenario {
  scenario: Scenario;
  seed: number;
  members: readonly StackMember[];
  steps: readonly StepFigures[];
  checks: readonly Check[];
  outcome: Outcome;
}

/** One step in figures. Null: no answer said so. */
export interface StepFigures {
  name: string;
  requests: number;
  failed: number;
  servedBy: Record<string, number>;
  reasons: Record<string, number>;
  promptTokens: number | null;
  cachedTokens: number | null;
  predictedTokens: number | null;
  ttftMsMedian: number | null;
}

export function stepFigures(name: string, requests: readonly SentRequest[]): StepFigures {
  const good = requests.filter(({ failure }) => failure === undefined);
  const sum = (value: (request: SentRequest) => number | undefined): number | null => {
    const known = good.map(value).filter((it) => it !== undefined);
    return known.length === 0 ? null : known.reduce((left, right) => left + right, 0);
  };
  const ttfts = good.flatMap(({ ttftMs }) => ttftMs ?? []).toSorted((a, b) => a - b);
  return {
    name,
    requests: requests.length,
    failed: requests.length - good.length,
    servedBy: countBy(good, ({ servedBy }) => servedBy),
    reasons: countBy(good, ({ reason }) => reason),
    promptTokens: sum(({ promptTokens }) => promptTokens),
    cachedTokens: sum(({ cachedTokens }) => cachedTokens),
    predictedTokens: sum(({ predictedTokens }) => predictedTokens),
    ttftMsMedian: ttfts[Math.ceil(ttfts.length / 2) - 1] ?? null,
  };
}

/** `kvcache.run/v1`. */
export function scenarioDocument(summary: ScenarioSummary): object {
  const { scenario, members } = summary;
  return {
    schema: 'kvcache.run/v1',
    scenario: scenario.name,
    outcome: summary.outcome,
    exitCode: summary.exitCode,
    checks: summary.checks,
    demonstrates: scenario.demonstrates,
    seed: summary.seed,
    routing: scenario.gateway.policy,
    steps: summary.steps,
    members: membersDocument(members),
    workDir: summary.isKept ? summary.workDir : null,
    durationMs: Math.round(summary.durationMs),
  };
}

import { present } from '../../base/lists.ts';
import { printable } from '../../base/printable.ts';
import type { Check } from '../../base/outcome.ts';
import type { MockVerdict } from '../../run/mock-scenario.ts';
import type { Scenario } from '../../run/scenario.ts';
import type { StackMember } from '../../stack/options.ts';
import { answerFacts, bodyLines, statsLines } from '../request/text.ts';
import type { Voice } from '../shell/voice.ts';
import type { RunEnd } from './document.ts';
import type { StepFigures } from './step-figures.ts';

export function tellMember({ title, url, pid, source }: StackMember, voice: Voice): void {
  const how = pid === null ? 'using the one that runs there' : `pid ${pid}`;
  const from = voice.isVerbose ? ` (${source})` : '';
  voice.say(`${title.padEnd(17)} ${url.padEnd(24)} ${voice.paint('dim', how + from)}`);
}

export function tellChecks(checks: readonly Check[], voice: Voice): void {
  voice.say('', voice.paint('bold', 'checks'));
  voice.checks(checks);
}

/** What the sample's requests and its mocks answered, and what that proves. */
export function tellEvidence({ answers, stats, checks }: MockVerdict, voice: Voice): void {
  for (const [index, answer] of answers.entries()) {
    const title = voice.paint('bold', `request ${index + 1}`);
    voice.say('', `${title}  ${answerFacts(answer).join(', ')}`, ...bodyLines(answer));
  }
  voice.say('', ...statsLines(stats, voice.paint));
  tellChecks(checks, voice);
}

/** Each process's log, and whether it is still there. */
export function tellLogs({ members, workDir, isKept }: RunEnd, voice: Voice): void {
  voice.say('', voice.paint('bold', 'logs'));
  for (const { title, logPath } of members) {
    voice.say(`${title.padEnd(17)} ${logPath ?? '(not ours)'}`);
  }
  const removed = voice.paint('dim', 'removed; --keep-work-dir keeps them');
  voice.say(isKept ? `kept in ${workDir}` : removed, '');
}

export function tellWhetherKept({ workDir, isKept }: RunEnd, voice: Voice): void {
  voice.say('', isKept ? `logs kept in ${workDir}` : voice.paint('dim', 'logs removed'));
}

export function tellOpening(
  { name, title, demonstrates, outcome, gateway }: Scenario,
  { seed, isForeign, leftOut }: { seed: number; isForeign: boolean; leftOut: readonly string[] },
  voice: Voice,
): void {
  const { paint } = voice;
  const routing = isForeign ? 'your gateway' : `routing ${gateway.policy}`;
  voice.say(
    `${paint('bold', name)}  ${title}`,
    demonstrates,
    `Expected: ${outcome}`,
    paint('dim', `${routing}, seed ${seed}`),
    ...(leftOut.length > 0
      ? [`Left out, since only kvcache's own gateway says what they read: ${leftOut.join(', ')}`]
      : []),
    '',
  );
}

/** Something befell the system. */
export function tellEvent(text: string, voice: Voice): void {
  voice.say(`${'·'.padStart(6)} ${printable(text)}`);
}

export function tellStep(figures: StepFigures, voice: Voice): void {
  const { name, requests, failed, ttftMsMedian } = figures;
  const parts = present([
    `${requests} requests${failed > 0 ? `, ${failed} failed` : ''}`,
    counts(figures.servedBy),
    counts(figures.reasons),
    cachedText(figures),
    ttftMsMedian !== null && `TTFT p50 ${ttftMsMedian.toFixed(1)} ms`,
  ]);
  const title = voice.paint('bold', name.padEnd(10));
  voice.say(`${title}  ${parts.join('; ')}`);
}

function counts(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .toSorted((left, right) => right[1] - left[1])
    .map(([name, count]) => `${printable(name)} ${count}`)
    .join(', ');
}

function cachedText({ promptTokens, cachedTokens, predictedTokens }: StepFigures): string {
  if (promptTokens === null || cachedTokens === null) return 'cached tokens unknown';
  const predicted = predictedTokens === null ? '' : `, ${predictedTokens} predicted`;
  return `${cachedTokens} of ${promptTokens} tokens cached${predicted}`;
}

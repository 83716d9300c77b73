import { formatDuration } from '../../base/duration.ts';
import { formatCount } from '../../base/figures.ts';
import { present } from '../../base/lists.ts';
import { printable } from '../../base/printable.ts';
import type { Check } from '../../base/outcome.ts';
import { redactUrl } from '../../base/origin.ts';
import type { GatewayChoice } from '../../net/gateway-choice.ts';
import type { MockVerdict } from '../../run/mock-scenario.ts';
import type { Scenario } from '../../run/scenario.ts';
import { judgedLines } from '../../report/judged.ts';
import { embedded, type JudgedFact, quiet } from '../../report/judged-fact.ts';
import type { StackMember } from '../../stack/options.ts';
import { tellAnswer, tellStats } from '../request/text.ts';
import type { Voice } from '../shell/voice.ts';
import type { RunEnd } from './document.ts';
import type { StepFigures } from './step-figures.ts';

export function tellMember({ title, url, pid, source }: StackMember, voice: Voice): void {
  const notes = present([
    pid === null && 'using the one that runs there',
    voice.isVerbose && pid !== null && `pid ${pid}`,
    voice.isVerbose && source,
  ]);
  const note = notes.length === 0 ? '' : `  ${voice.paint('dim', notes.join(', '))}`;
  voice.say(`${title.padEnd(17)} ${url}${note}`);
}

export function tellChecks(checks: readonly Check[], voice: Voice): void {
  voice.say('', voice.paint('bold', 'checks'));
  voice.checks(checks);
}

/** What the sample's requests and its mocks answered, and what that proves. */
export function tellEvidence({ answers, stats, checks }: MockVerdict, voice: Voice): void {
  voice.say('');
  for (const [index, answer] of answers.entries()) tellAnswer(answer, index + 1, voice);
  tellStats(stats, voice);
  tellChecks(checks, voice);
}

/** Where the logs are, when they still are. */
export function tellLogs({ members, workDir, isKept }: RunEnd, voice: Voice): void {
  if (!isKept) return;
  voice.say('', `logs kept in ${workDir}`);
  if (!voice.isVerbose) return;
  for (const { title, logPath } of members) {
    voice.say(`${title.padEnd(17)} ${logPath ?? '(not ours)'}`);
  }
}

/** What the sample brings up, before it does. */
export function tellSampleOpening(gateway: GatewayChoice, voice: Voice): void {
  const facts = [
    gatewayFact(gateway),
    quiet('engines', 'the sample’s two mocks'),
    quiet('workload', 'one prompt, sent twice'),
  ];
  voice.say(...judgedLines(facts, voice.paint), '');
}

function gatewayFact(gateway: GatewayChoice): JudgedFact {
  switch (gateway.kind) {
    case 'embedded':
      return embedded(null, '');
    case 'running':
      return quiet('gateway', redactUrl(gateway.url));
    case 'pixiu':
      return quiet('gateway', 'pixiu, started for this run');
    case 'program':
      return quiet('gateway', `${gateway.file}, started for this run`);
  }
}

export function tellOpening(
  { name, title, demonstrates, outcome, gateway, model }: Scenario,
  { seed, isForeign, leftOut }: { seed: number; isForeign: boolean; leftOut: readonly string[] },
  voice: Voice,
): void {
  const facts = [
    isForeign ? quiet('gateway', 'yours') : embedded(gateway.policy, ''),
    quiet('engines', 'mocks'),
    quiet('model', model),
    quiet('workload', `scenario ${name}: ${title}`),
    quiet('seed', `${seed}`),
  ];
  voice.say(...judgedLines(facts, voice.paint), '', demonstrates, `Expected: ${outcome}`);
  if (leftOut.length > 0) {
    voice.say(
      `Left out, since only kvcache's own gateway says what they read: ${leftOut.join(', ')}`,
    );
  }
  voice.say('');
}

/** Something befell the system. */
export function tellEvent(text: string, voice: Voice): void {
  voice.say(`${'·'.padStart(6)} ${printable(text)}`);
}

export function tellStep(figures: StepFigures, voice: Voice): void {
  const { name, requests, failed, ttftMsMedian } = figures;
  const parts = present([
    `${formatCount(requests)} requests${failed > 0 ? `, ${failed} failed` : ''}`,
    `served by ${counts(figures.servedBy)}`,
    `because of ${counts(figures.reasons)}`,
    cachedText(figures),
    ttftMsMedian !== null && `TTFT p50 ${formatDuration(ttftMsMedian)}`,
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
  const predicted = predictedTokens === null ? '' : `, ${formatCount(predictedTokens)} predicted`;
  return `${formatCount(cachedTokens)} of ${formatCount(promptTokens)} tokens cached${predicted}`;
}

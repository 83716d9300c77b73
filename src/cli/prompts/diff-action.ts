import { printable, printableJson } from '../../base/printable.ts';
import { formatDuration } from '../../base/duration.ts';
import { formatCount } from '../../base/figures.ts';
import { diffPrompts, type PromptDifference } from '../../prompts/diff.ts';
import { promptsInvalid } from '../../prompts/errors.ts';
import { prefillCost } from '../../prompts/prefill-cost.ts';
import { readPrompts } from '../../prompts/read/read-prompts.ts';
import { tokenized, type TokenizedPrompt } from '../../prompts/tokenized.ts';
import type { PromptTokenizer } from '../../prompts/tokens/tokenizer.ts';
import type { CliContext } from '../shell/context.ts';
import { ExitCode } from '../shell/exit-codes.ts';
import type { OutputFlags } from '../shell/options.ts';
import { Voice } from '../shell/voice.ts';
import type { ReadingFlags } from './flags.ts';
import { profileOf, sourceOf, withTokenizer } from './reading.ts';

export interface DiffFlags extends ReadingFlags, OutputFlags {
  before: string;
  after: string;
}

/** `kvcache prompts diff BEFORE AFTER`: shows, and judges nothing. */
export async function diff(flags: DiffFlags, context: CliContext): Promise<ExitCode> {
  const profile = profileOf(flags, context);
  const [before, after] = await withTokenizer(flags, context, async (tokenizer) => [
    await promptsOf(flags.before, tokenizer, context),
    await promptsOf(flags.after, tokenizer, context),
  ]);
  if (before.length !== after.length) {
    const problem = `${flags.before} holds ${before.length} requests, ${flags.after} ${after.length}`;
    throw promptsInvalid(flags.after, problem, 'Compare as many with as many, or FILE:LINE.');
  }
  const shown = { showsText: flags.showText, cost: profile && prefillCost(profile) };
  const pairs = after.map((it, index) => diffPrompts(before[index]!, it, shown));
  const voice = new Voice(flags, context, flags.json ? context.stderr : context.stdout);
  for (const [index, pair] of pairs.entries()) voice.insist(...linesOf(pair, index + 1));
  if (flags.json) {
    const head = { schema: 'kvcache.prompts-diff/v1', outcome: 'pass', exitCode: ExitCode.pass };
    context.stdout.write(`${printableJson({ ...head, checks: [], pairs })}\n`);
  }
  return ExitCode.pass;
}

async function promptsOf(
  file: string,
  tokenizer: PromptTokenizer,
  context: CliContext,
): Promise<TokenizedPrompt[]> {
  const [, path = file, line] = /^(.+):(\d+)$/.exec(file) ?? [];
  const prompts = await readPrompts(sourceOf(path, context));
  if (prompts.kind === 'trace') {
    throw promptsInvalid(path, 'a trace has no text to compare', 'Give request bodies.');
  }
  const found: TokenizedPrompt[] = [];
  for await (const it of tokenized(prompts.requests, { tokenizer, signal: context.signal })) {
    if (line === undefined || it.request.line === Number(line)) found.push(it);
  }
  if (found.length === 0) throw promptsInvalid(file, `no request begins on line ${line}`);
  return found;
}

function linesOf(pair: PromptDifference, number: number): string[] {
  const { change, sharedTokens, tokensBefore, tokensAfter, lostTokens, lostMs, isBeyond } = pair;
  const sizes = `${formatCount(tokensBefore)} and ${formatCount(tokensAfter)} tokens, the first ${formatCount(sharedTokens)} the same`;
  if (change === null) return [`${number}: one begins with the whole other; ${sizes}`];
  const { place, character, culprit, rule, path, was, is, textWas, textIs } = change;
  const time = lostMs === undefined ? '' : `, ${formatDuration(lostMs)} of an engine`;
  const doubt = isBeyond ? ', whose profile was not calibrated on such lengths' : '';
  const at = character === null ? '' : `character ${formatCount(character)} of `;
  return [
    `${number}: ${at}${place} (${path}): ${culprit}, since ${rule}`,
    ...(was === null ? [] : [`   ${was || 'none'} → ${is || 'none'}`]),
    ...(textWas === null ? [] : [`   - ${textWas}`, `   + ${textIs ?? ''}`].map(printable)),
    `   ${sizes}; behind that ${formatCount(lostTokens)} more are the same and lost${time}${doubt}`,
  ];
}

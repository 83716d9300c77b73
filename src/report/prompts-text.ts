import { formatCount } from '../base/figures.ts';
import type { CulpritSum, PromptsResult } from '../prompts/result.ts';
import type { CurvePoint } from '../prompts/reuse/curve.ts';
import type { ReuseShare } from '../prompts/reuse/reuse.ts';
import { formatShare } from '../verify/result/format.ts';

/** What the prompts come to in one sentence. */
export function promptsSentence(result: PromptsResult): string {
  const { requests, promptTokens, breaks, part } = result;
  const tokens = `${formatCount(promptTokens)} ${result.tokenizer.isEstimated ? 'estimated ' : ''}tokens`;
  const best = reuseShown(result);
  const reuse =
    best?.share === null || best === undefined
      ? 'what can be reused is not known'
      : `${formatShare(best.share)}${errorText(best)} can be reused (${blocksOf(best)})`;
  const [worst] = breaks?.byCulprit ?? [];
  const lost = worst && !part ? ` ${sumSentence(worst)}.` : '';
  return `${formatCount(requests)} requests, ${tokens}: ${reuse}.${lost}`;
}

/** `78 % of lost tokens: a time in the system prompt`. */
export function sumSentence({ name, place, share }: CulpritSum): string {
  return `${formatShare(share)} of lost tokens: ${name} in ${place}`;
}

/** The share that is spoken of: in the blocks of the curve. */
export function reuseShown({ reuse, curve }: PromptsResult): ReuseShare | undefined {
  return reuse.find((it) => it.blockSize === curve.blockSize);
}

/** ` ± 0.3 points`; nothing where all blocks were counted. */
export function errorText({ error }: ReuseShare): string {
  return error === undefined ? '' : ` ± ${(100 * error).toFixed(1)} points`;
}

export function blocksOf({ blockSize }: ReuseShare): string {
  return blockSize === null ? 'to the token' : `blocks of ${blockSize} tokens`;
}

export function pointText(point: CurvePoint | null): string {
  if (point === null) return 'none';
  return `${formatCount(point.tokens)} tokens (${formatCount(point.blocks)} blocks): ${formatShare(point.share)}`;
}

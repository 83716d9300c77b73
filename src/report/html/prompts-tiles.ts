import { formatCount } from '../../base/figures.ts';
import type { PromptsResult } from '../../prompts/result.ts';
import { formatShare } from '../../verify/result/format.ts';
import { blocksOf, errorText, reuseShown, sumSentence } from '../prompts-text.ts';
import type { Tile } from './tile.ts';

export function promptsTiles(result: PromptsResult): Tile[] {
  const { breaks, curve, requests, promptTokens, tokenizer } = result;
  const shown = reuseShown(result);
  const tile = (name: string, value: string, meaning: string): Tile => ({
    name,
    value,
    interval: '',
    meaning,
  });
  const [worst] = breaks?.byCulprit ?? [];
  return [
    tile(
      'Reusable',
      shown?.share === null || shown === undefined
        ? 'not known'
        : `${formatShare(shown.share)}${errorText(shown)}`,
      `Of the prompt tokens, with an endless cache, ${shown ? blocksOf(shown) : ''}.`,
    ),
    tile(
      'Lost by breaks',
      breaks === null ? 'not known' : formatShare(breaks.lostShare),
      worst ? `${sumSentence(worst)}.` : 'Nothing found.',
    ),
    tile(
      'Cache for 95 % of it',
      curve.nearlyAll === null ? 'none' : `${formatCount(curve.nearlyAll.tokens)} tokens`,
      `Of one LRU cache in blocks of ${curve.blockSize} tokens.`,
    ),
    tile(
      'Prompts',
      formatCount(requests),
      `${formatCount(promptTokens)} tokens, ${tokenizer.isEstimated ? 'estimated' : `by ${tokenizer.name}`}.`,
    ),
  ];
}

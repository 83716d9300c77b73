import { LMCACHE_CHUNK_TOKENS } from '../../../target/alignment.ts';
import type { CauseRow } from './cause.ts';

/** Less than a block or chunk. */
export const promptsTooShort: CauseRow = {
  id: 'prompts-too-short',
  sentence: () => 'The shared part of the prompts is shorter than what can be reused or listed.',
  remedy: () =>
    'Only whole blocks and chunks are reused (vLLM: 16 tokens and more, LMCache: 256): use longer shared prefixes (--prefix-tokens).',
  speaksFor: (seen) => [
    seen.finding('prompt-length') === 'fail' && seen.findingText('prompt-length'),
    seen.figures.certificate?.expectedHitTokens.max === 0 && 'no whole block of the shared part',
    seen.lookup != null &&
      (seen.figures.certificate?.sharedTokens.max ?? Infinity) < LMCACHE_CHUNK_TOKENS &&
      'no whole chunk of the shared part',
  ],
};

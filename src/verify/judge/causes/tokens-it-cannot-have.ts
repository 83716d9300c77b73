import type { CauseRow } from './cause.ts';

/** An engine reports hits of new prompts. */
export const tokensItCannotHave: CauseRow = {
  id: 'tokens-it-cannot-have',
  sentence: () => 'Cached tokens are reported that no cache can have.',
  remedy: () =>
    'The field usage.prompt_tokens_details.cached_tokens is made up: by the gateway, or by an engine’s bug. Judge by the engines’ counters.',
  speaksFor: (seen) =>
    (seen.figures.served?.sources ?? [])
      .filter((it) => it.source === 'cached-tokens' && !it.isTrusted)
      .map((it) => it.contradiction ?? it.source),
};

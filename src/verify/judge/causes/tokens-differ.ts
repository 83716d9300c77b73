import type { CauseRow } from './cause.ts';

/** Two tokenizers, two keys. */
export const tokensDiffer: CauseRow = {
  id: 'tokens-differ',
  sentence: () => 'The gateway’s tokens differ from the engines’: it looks up what nobody stored.',
  remedy: () =>
    'Let the gateway tokenize with the model and the chat template that the engines serve (its vllm_endpoint), and send the whole request body to /tokenize.',
  speaksFor: (seen) => [
    seen.hasGoodIndex &&
      seen.reason === 'no-holder' &&
      'our own lookups find the prefixes, the gateway says no-holder',
    seen.finding('token-count') === 'fail' && seen.findingText('token-count'),
    seen.finding('tokenize-parity') === 'fail' && seen.findingText('tokenize-parity'),
  ],
  speaksAgainst: (seen) => [
    seen.outcome('routing') === 'pass' &&
      seen.routing?.learns === 'index' &&
      'one at a time the gateway finds them',
  ],
};

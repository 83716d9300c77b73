import type { CauseRow } from './cause.ts';

/** An index of KV events knows what it is told. */
export const eventsMissing: CauseRow = {
  id: 'events-missing',
  sentence: () =>
    'KV events do not tell what the engines hold: whoever follows them routes by too little.',
  remedy: (seen) =>
    seen.findingRemedy('kv-events') ??
    'Check that every engine publishes KV events (vLLM: --kv-events-config), each at the address named for it.',
  speaksFor: (seen) => [
    seen.outcome('kv-events') === 'fail' &&
      `they told of the holder of ${seen.events?.namedHolder} of ${seen.events?.asked} prompts right after it had them`,
    seen.outcome('kv-events') === 'fail' && seen.findingText('kv-events'),
  ],
  speaksAgainst: (seen) => [
    seen.missesHits &&
      seen.routing?.learns === 'memory' &&
      'the gateway goes by what it routed itself',
  ],
};

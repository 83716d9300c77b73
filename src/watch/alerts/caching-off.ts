import { type AlertRow, CONSEQUENCES } from './alert.ts';

/** An engine that keeps nothing. */
export const cachingOff: AlertRow = {
  id: 'caching-off',
  severity: 'critical',
  sentence: (engine) => `${engine} runs without prefix caching.`,
  remedy: 'Start the engine with prefix caching on (vLLM: --enable-prefix-caching).',
  causes: ['prefix-caching-off'],
  holds: ({ buckets, engineIds }) =>
    engineIds
      .filter((id) => buckets.at(-1)?.engines[id]?.prefixCaching === false)
      .map((subject) => ({ subject, evidence: 'it says so in its metrics' })),
  explains: CONSEQUENCES,
};

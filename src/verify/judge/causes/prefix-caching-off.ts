import type { CauseRow } from './cause.ts';

/** Nothing is ever reused. */
export const prefixCachingOff: CauseRow = {
  id: 'prefix-caching-off',
  sentence: () => 'The engines reuse nothing: prefix caching is off.',
  remedy: () =>
    'Turn it on (vLLM: --enable-prefix-caching; SGLang: drop --disable-radix-cache), and check that the KV cache keeps one prompt.',
  speaksFor: (seen) => [
    seen.finding('cached-tokens') === 'fail' && seen.findingText('cached-tokens'),
    seen.held === 0 && 'nothing was found cached even straight at the engine that had it',
  ],
  speaksAgainst: (seen) => [
    (seen.held ?? 0) > 0.1 && 'engines reuse prefixes when asked directly',
    seen.outcome('control') === 'pass' && 'the engine with the prefix answers sooner',
  ],
};

import type { KvcacheFile } from '../assemble-filter.ts';
import { each, type LintCheck, type LintSubject } from './check.ts';
import { enabledKvcacheOf } from './walk.ts';

type StrategyFile = KvcacheFile['cache_strategy'];

/** What each action needs before it can be taken. */
const ACTIONS = [
  { on: 'enable_pinning', threshold: 'hot_content_threshold', target: 'pin_instance_id' },
  { on: 'enable_compression', threshold: 'load_threshold', target: 'compress_instance_id' },
  { on: 'enable_eviction', threshold: 'memory_threshold', target: 'evict_instance_id' },
] as const satisfies {
  on: keyof StrategyFile;
  threshold: keyof StrategyFile;
  target: keyof StrategyFile;
}[];

/** Mocks of the old sample have /evict and made-up locations; their endpoints are called so. */
function isOldSample({ config }: LintSubject): boolean {
  const ids = config.clusters.flatMap(({ endpoints }) => endpoints.map(({ id }) => id));
  return ids.length > 0 && ids.every((id) => id.startsWith('mock-llm-'));
}

export const strategyChecks: readonly LintCheck[] = [
  each(
    'token-cache-off',
    enabledKvcacheOf,
    ({ token_cache }) =>
      !token_cache.enabled && [['.token_cache.enabled', 'token_cache.enabled is not true.']],
  ),
  each(
    'instance-id-contract',
    enabledKvcacheOf,
    ({ cache_strategy: strategy }, _path, { config }) => {
      const ids = config.clusters.flatMap(({ endpoints }) => endpoints.map(({ id }) => id));
      return (['pin_instance_id', 'compress_instance_id', 'evict_instance_id'] as const)
        .filter((key) => strategy[key] !== '' && !ids.includes(strategy[key]))
        .map((key) => [
          `.cache_strategy.${key}`,
          `${key} "${strategy[key]}" is the id of no endpoint.`,
        ]);
    },
  ),
  each('strategy-never-fires', enabledKvcacheOf, ({ cache_strategy: strategy }) =>
    ACTIONS.filter(({ on }) => strategy[on]).flatMap(({ on, threshold, target }) => {
      const lacking = [threshold, target].filter((key) => !strategy[key]);
      const message = `${on} is true without ${lacking.join(' and ')}.`;
      return lacking.length === 0 ? [] : [[`.cache_strategy.${on}`, message] as const];
    }),
  ),
  each(
    'evict-unsupported',
    enabledKvcacheOf,
    ({ cache_strategy }, _path, subject) =>
      cache_strategy.enable_eviction &&
      !isOldSample(subject) && [['.cache_strategy.enable_eviction', 'Eviction is switched on.']],
  ),
  each(
    'location-unknown',
    enabledKvcacheOf,
    ({ cache_strategy: strategy }, _path, subject) =>
      !isOldSample(subject) &&
      (['pin_location', 'compress_location'] as const)
        .filter((key) => strategy[key] !== '' && !strategy[key].endsWith('Backend'))
        .map((key) => [
          `.cache_strategy.${key}`,
          `${key} "${strategy[key]}" is not the name of an LMCache backend.`,
        ]),
  ),
  each(
    'compress-method',
    enabledKvcacheOf,
    ({ cache_strategy: { enable_compression, compress_method } }, _path, subject) =>
      enable_compression &&
      compress_method !== 'cachegen' &&
      !isOldSample(subject) && [
        ['.cache_strategy.compress_method', `compress_method is "${compress_method}".`],
      ],
  ),
  each(
    'load-threshold-own-load',
    enabledKvcacheOf,
    ({ cache_strategy: strategy }, _path, subject) =>
      !isOldSample(subject) &&
      (['load_threshold', 'memory_threshold'] as const)
        .filter((key) => strategy[key] > 0)
        .map((key) => [`.cache_strategy.${key}`, `${key} is ${strategy[key]}.`]),
  ),
];

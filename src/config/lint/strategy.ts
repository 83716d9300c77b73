import type { KvcacheFile } from '../assemble-filter.ts';
import type { Finding, LintCheck, LintSubject } from './lint.ts';
import { enabledKvcacheOf } from './walk.ts';

type StrategyFile = KvcacheFile['cache_strategy'];

function tokenCacheIsOn({ file }: LintSubject): Finding[] {
  return enabledKvcacheOf(file)
    .filter(({ value }) => !value.token_cache.enabled)
    .map(({ path }) => ({
      rule: 'token-cache-off',
      path: `${path}.token_cache.enabled`,
      message: 'token_cache.enabled is not true.',
    }));
}

function instancesAreEndpoints({ file, config }: LintSubject): Finding[] {
  const ids = new Set(config.clusters.flatMap(({ endpoints }) => endpoints.map(({ id }) => id)));
  return enabledKvcacheOf(file).flatMap(({ value: { cache_strategy: strategy }, path }) =>
    (['pin_instance_id', 'compress_instance_id', 'evict_instance_id'] as const).flatMap(
      (key): Finding[] => {
        if (strategy[key] === '' || ids.has(strategy[key])) return [];
        const message = `${key} "${strategy[key]}" is the id of no endpoint.`;
        return [{ rule: 'instance-id-contract', path: `${path}.cache_strategy.${key}`, message }];
      },
    ),
  );
}

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

function actionsCanFire({ file }: LintSubject): Finding[] {
  return enabledKvcacheOf(file).flatMap(({ value: { cache_strategy: strategy }, path }) =>
    ACTIONS.filter(({ on }) => strategy[on]).flatMap(({ on, threshold, target }): Finding[] => {
      const lacking = [threshold, target].filter((key) => !strategy[key]);
      if (lacking.length === 0) return [];
      const message = `${on} is true without ${lacking.join(' and ')}.`;
      return [{ rule: 'strategy-never-fires', path: `${path}.cache_strategy.${on}`, message }];
    }),
  );
}

/** Mocks of the old sample have /evict and made-up locations; their endpoints are called so. */
function isOldSample({ config }: LintSubject): boolean {
  const ids = config.clusters.flatMap(({ endpoints }) => endpoints.map(({ id }) => id));
  return ids.length > 0 && ids.every((id) => id.startsWith('mock-llm-'));
}

function evictExists(subject: LintSubject): Finding[] {
  if (isOldSample(subject)) return [];
  return enabledKvcacheOf(subject.file)
    .filter(({ value }) => value.cache_strategy.enable_eviction)
    .map(({ path }) => ({
      rule: 'evict-unsupported',
      path: `${path}.cache_strategy.enable_eviction`,
      message: 'Eviction is switched on.',
    }));
}

function locationsExist(subject: LintSubject): Finding[] {
  if (isOldSample(subject)) return [];
  return enabledKvcacheOf(subject.file).flatMap(({ value: { cache_strategy: strategy }, path }) =>
    (['pin_location', 'compress_location'] as const).flatMap((key): Finding[] => {
      if (strategy[key] === '' || strategy[key].endsWith('Backend')) return [];
      const message = `${key} "${strategy[key]}" is not the name of an LMCache backend.`;
      return [{ rule: 'location-unknown', path: `${path}.cache_strategy.${key}`, message }];
    }),
  );
}

function thresholdsAreUnderstood(subject: LintSubject): Finding[] {
  if (isOldSample(subject)) return [];
  return enabledKvcacheOf(subject.file).flatMap(({ value: { cache_strategy: strategy }, path }) =>
    (['load_threshold', 'memory_threshold'] as const)
      .filter((key) => strategy[key] > 0)
      .map((key) => ({
        rule: 'load-threshold-own-load' as const,
        path: `${path}.cache_strategy.${key}`,
        message: `${key} is ${strategy[key]}.`,
      })),
  );
}

export const strategyChecks: readonly LintCheck[] = [
  tokenCacheIsOn,
  instancesAreEndpoints,
  actionsCanFire,
  evictExists,
  locationsExist,
  thresholdsAreUnderstood,
];

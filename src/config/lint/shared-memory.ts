import type { LintCheck } from './check.ts';

/** As the client takes it: scheme, host and port, user and password. */
function isStoreUrl(text: string): boolean {
  return /^rediss?:\/\/(?:[^@/?#\s]*@)?(?:\[[\da-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?(?:\/\d{0,4})?$/.test(
    text,
  );
}

export const sharedMemoryChecks: readonly LintCheck[] = [
  ({ config }) => {
    const url = config.extension.sharedMemory?.url;
    if (url === undefined || isStoreUrl(url)) return [];
    const message = 'The URL of the store is no redis:// or rediss:// URL.';
    return [{ rule: 'shared-memory-url', path: 'x-kvcache.shared_memory.url', message }];
  },
];

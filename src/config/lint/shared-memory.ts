import { originComplaint } from '../../base/origin.ts';
import type { LintCheck } from './check.ts';

/** What is wrong with the address of a store; undefined where nothing is. The client would throw at it. */
function storeComplaint(text: string): string | undefined {
  const [, rest] = /^rediss?:\/\/(.*)$/s.exec(text) ?? [];
  if (rest === undefined) return 'is no redis:// or rediss:// URL';
  if (/%(?![\da-f]{2})/i.test(rest)) return 'has a % that begins no escape';
  if (/^[^/]*\/(?!\d{0,4}$)/.test(rest))
    return 'has more behind its host than the number of a database';
  return originComplaint(`http://${rest}`)?.[0];
}

export const sharedMemoryChecks: readonly LintCheck[] = [
  ({ config }) => {
    const url = config.extension.sharedMemory?.url;
    const complaint = url === undefined ? undefined : storeComplaint(url);
    if (complaint === undefined) return [];
    const message = `The URL of the store ${complaint}.`;
    return [{ rule: 'shared-memory-url', path: 'x-kvcache.shared_memory.url', message }];
  },
];

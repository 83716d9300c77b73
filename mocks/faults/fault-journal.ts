import { extensionHeaders, type JournalEntry } from '../admin/journal.ts';
import type { Exchange } from '../http/exchange.ts';
import type { FaultAction } from './fault-rule.ts';

/** The journal entry of a request that is no completion. */
export function faultEntry(
  { request, path, key }: Pick<Exchange, 'request' | 'path' | 'key'>,
  fault: FaultAction | undefined,
  { atMs, status }: Pick<JournalEntry, 'atMs' | 'status'>,
): Omit<JournalEntry, 'seq'> {
  return {
    atMs,
    method: request.method,
    route: path,
    key,
    status,
    fault: fault?.kind ?? null,
    headers: extensionHeaders(request.fields),
    completion: null,
  };
}

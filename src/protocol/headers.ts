/** Response headers of the embedded gateway. */
export const ENDPOINT_HEADER = 'x-kvcache-endpoint';
export const REASON_HEADER = 'x-kvcache-reason';
export const CAUSE_HEADER = 'x-kvcache-cause';
export const CACHED_TOKENS_HEADER = 'x-kvcache-cached-tokens';
export const REQUEST_ID_HEADER = 'x-request-id';
/** Request header that chooses the routing policy of its request, where the config allows it. */
export const POLICY_HEADER = 'x-kvcache-policy';

/** Connection-level fields a proxy never forwards (RFC 9110 §7.6.1), lower case. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Spellings seen so far → lower case. Clients repeat a handful of spellings; asking a map beats lower-casing each time. */
const lowerCaseMemo = new Map<string, string>();
const MEMO_SIZE_MAX = 1_000;

/** `name` in lower case, from a bounded memo. */
export function lowerCaseName(name: string): string {
  const known = lowerCaseMemo.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  if (lowerCaseMemo.size < MEMO_SIZE_MAX && name.length <= 64) lowerCaseMemo.set(name, lower);
  return lower;
}

export function isHopByHop(lowerName: string): boolean {
  return HOP_BY_HOP.has(lowerName);
}

/** The field names a `Connection` value lists besides `close` and `keep-alive`, lower case. */
export function connectionOptions(value: string): string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((option) => option.trim())
    .filter((option) => option !== '' && option !== 'close' && option !== 'keep-alive');
}

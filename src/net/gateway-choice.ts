import { parseOrigin } from '../base/origin.ts';

/** Which gateway is judged. */
export type GatewayChoice =
  /** Ours, as its own process. */
  | { kind: 'embedded' }
  /** `pixiu` on PATH, else the checkout in PIXIU_SOURCE through `go run`. */
  | { kind: 'pixiu' }
  /** A binary that understands `gateway start -c FILE`. */
  | { kind: 'program'; file: string }
  /** One that runs already. */
  | { kind: 'running'; url: string };

/** `localhost:8888`, `user:key@gw:80` and `http:/gw` are slips for a URL, not files. */
const URL_LIKE = /:\/\/|^https?:|^(?:[^/@]*@)?(?:[\w.-]{2,}|\[[\da-f:.]+\]):\d+(?:\/|$)/i;

/**
 * Reads `--gateway`: `embedded`, `pixiu`, a URL, or else the path of a binary.
 * @throws KvcacheError URL_INVALID (kind usage)
 */
export function gatewayChoiceOf(text: string): GatewayChoice {
  if (text === 'embedded' || text === 'pixiu') return { kind: text };
  return URL_LIKE.test(text)
    ? { kind: 'running', url: parseOrigin(text, 'the gateway').url }
    : { kind: 'program', file: text };
}

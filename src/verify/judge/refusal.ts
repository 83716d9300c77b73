import type { Ledger } from '../experiment/ledger.ts';
import { type Targets, distinctEndpoints } from '../../target/targets.ts';

/** Why routing cannot be judged on this deployment, whatever is measured; null when it can. */
export function routingRefusal({ engines }: Targets, ledger: Ledger): string | null {
  if (engines.length < 2) {
    return 'There is one engine only: every choice is the right one. Give a second with --vllm.';
  }
  if (distinctEndpoints(engines) < engines.length) {
    return 'Two engines share one address: every request would hit by construction. Give each its own URL (--vllm twice, or ENGINE_ENDPOINT_B_HOST and _PORT).';
  }
  const claimed = Object.values(ledger.wiring?.layout ?? {}).map((it) => it.matchedTokens);
  const promptTokens = ledger.wiring?.promptTokens ?? Infinity;
  if (claimed.some((tokens) => tokens > promptTokens)) {
    return 'The controller claims more tokens than the prompt has: it is a static mock and knows nothing of caches. Use one that keeps state, for example of "kvcache mock up".';
  }
  return null;
}

import type { BlockCache } from '../../kv/block-cache.ts';
import type { TokenChain } from '../../kv/blocks.ts';
import type { EngineProfile } from '../../profiles/profile.ts';
import type { EngineRequest, RequestRejection } from './request.ts';

export interface Door {
  profile: EngineProfile;
  device: BlockCache;
  /** Requests accepted but not yet scheduled. */
  queued: number;
  isDown: boolean;
}

/** Why the request must be refused, or undefined. */
export function rejectionFor(
  request: EngineRequest,
  chain: TokenChain,
  door: Door,
): RequestRejection | undefined {
  const { profile } = door;
  if (door.isDown) return refuse(503, 'engine_down', 'The engine is down.');
  if (chain.length === 0) return refuse(400, 'prompt_empty', 'The prompt has no tokens.');
  const wanted = chain.length + (request.maxTokens ?? 1);
  if (wanted > profile.maxModelLen) {
    const limit = `This model's maximum context length is ${profile.maxModelLen} tokens.`;
    return refuse(400, 'prompt_too_long', `${limit} The request asks for ${wanted}.`);
  }
  const needed = Math.ceil((chain.length + 1) / profile.blockSize);
  if (needed > profile.blocks || needed > door.device.obtainableBlocks(chain)) {
    return refuse(400, 'cache_too_small', `The KV cache cannot hold ${chain.length} tokens.`);
  }
  if (door.queued >= profile.maxWaiting) {
    return refuse(profile.queueFullStatus, 'queue_full', `${door.queued} requests are waiting.`);
  }
  return undefined;
}

function refuse(
  status: RequestRejection['status'],
  code: RequestRejection['code'],
  message: string,
): RequestRejection {
  return { accepted: false, status, code, message, retryAfterS: status === 400 ? null : 1 };
}

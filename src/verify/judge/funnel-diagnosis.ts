import { type ObservedRun, type Observation, ofArm } from '../evidence/observation.ts';
import type { FunnelStageId } from '../result/result-attribution.ts';

export interface Diagnosis {
  /** Likely cause in one sentence; empty when nothing was lost. */
  diagnosis: string;
  remedy: string;
}

/** Why the worst stage lost its tokens, from what else the requests of arm C say. */
export function diagnose(stage: FunnelStageId | null, input: ObservedRun): Diagnosis {
  const routed = ofArm(input.observations, 'C');
  switch (stage) {
    case null:
    case 'shared':
      return { diagnosis: '', remedy: '' };
    case 'reusable':
      return {
        diagnosis:
          'The shared part of the prompts is shorter than the blocks and chunks that can be reused.',
        remedy:
          'Only whole blocks (vLLM: 16 tokens) and chunks (LMCache: 256 tokens) are reused: use longer shared prefixes, or save partial chunks (LMCache: save_unfull_chunk).',
      };
    case 'held':
      return held(routed);
    case 'known':
      return known(routed, input.engineIds);
    case 'routed':
      return misrouted(routed, input);
    case 'hit':
      return {
        diagnosis: 'Requests reached the engine that held their prefix, but it did not use it.',
        remedy:
          'Check that prefix caching is on (vLLM: --enable-prefix-caching), that gateway and engines use the same model and chat template, and that no cache_salt, LoRA or prompt_logprobs sets the requests apart.',
      };
    case 'saved':
      return unsaved(routed, input.engineIds);
  }
}

function held(routed: readonly Observation[]): Diagnosis {
  const listed = routed.filter((it) => it.lookupId === it.holderId && it.lookupTokens > 0).length;
  const isStale = routed.length > 0 && listed / routed.length > 0.5;
  return {
    diagnosis: isStale
      ? 'Engines evict prefixes before they are used again, while the controller still lists them: its index is stale.'
      : 'Engines evict prefixes before they are used again: the cache is under pressure.',
    remedy: isStale
      ? 'Give the engines more KV memory, and turn on worker heartbeats and health checks so that the controller forgets what is gone.'
      : 'Give the engines more KV memory (vLLM: --gpu-memory-utilization; LMCache: max_local_cpu_size), or bound the working set.',
  };
}

function known(routed: readonly Observation[], engineIds: readonly string[]): Diagnosis {
  const isMost = (test: (it: Observation) => boolean): boolean =>
    routed.filter(test).length > routed.length / 2;
  if (isMost((it) => it.lookupId !== it.holderId && engineIds.includes(it.lookupId ?? ''))) {
    return {
      diagnosis: 'The controller names another engine than the one that holds the prefix.',
      remedy:
        'Its index is stale or the instance ids are swapped: compare lmcache_instance_id with the endpoint ids, then restart the controller or turn on heartbeats.',
    };
  }
  if (isMost((it) => it.lookupTokens > 0)) {
    return {
      diagnosis:
        'Our own lookup finds the prefixes, the gateway’s does not: the gateway’s tokens differ from the engines’.',
      remedy:
        'Let the gateway tokenize with the model and the chat template that the engines serve (its vllm_endpoint), and send the whole request body to /tokenize.',
    };
  }
  return {
    diagnosis: 'The controller does not list prefixes that the engines hold.',
    remedy:
      'Check that the engines report to this controller (enable_controller, pull and reply URLs), that PYTHONHASHSEED is equal everywhere (Python 3.12 or newer), that chunk_size is 256, and that heartbeats are on.',
  };
}

function misrouted(
  routed: readonly Observation[],
  { engineIds, routesRepeats }: ObservedRun,
): Diagnosis {
  const strangers = routed.filter(
    (it) => it.lookupId !== null && !engineIds.includes(it.lookupId),
  ).length;
  if (strangers > routed.length / 2) {
    return {
      diagnosis: 'The controller names instances that the gateway has no endpoint for.',
      remedy:
        'Set lmcache_instance_id of every engine to the id of its endpoint in the gateway’s config (LMCache’s default is a random id).',
    };
  }
  const reason = mostFrequent(routed.map((it) => it.reason));
  // A gateway of ours gives a reason of its own; only a stranger's silence leaves this guess.
  if (routesRepeats && reason === null) {
    return {
      diagnosis:
        'The gateway routes exact repeats of a whole prompt, but not prompts that share their beginning.',
      remedy:
        'Pixiu looks up only prompts whose tokens it has cached before: chats that grow and shared system prompts are never routed. Use a gateway that tokenizes in the request path.',
    };
  }
  return {
    diagnosis: `The gateway does not follow what the controller says${reason ? ` (its most frequent reason: ${reason})` : ''}.`,
    remedy:
      'Check the gateway’s routing policy, its lookup_routing_timeout and its token_cache, and ask it with "kvcache gateway explain".',
  };
}

/** More than this many times its fair share makes an endpoint hot. */
const HOT_FACTOR = 1.25;

function unsaved(routed: readonly Observation[], engineIds: readonly string[]): Diagnosis {
  const busiest = mostFrequent(routed.map((it) => it.servedBy));
  const share = routed.filter((it) => it.servedBy === busiest).length / routed.length;
  if (busiest !== null && share > HOT_FACTOR / Math.max(1, engineIds.length)) {
    return {
      diagnosis: `Hits save no time: ${Math.round(share * 100)} % of the requests wait for one engine, ${busiest}.`,
      remedy:
        'Let the gateway weigh load against cache (embedded gateway: x-kvcache.routing.load_weight_tokens), or spread hot prefixes over more engines.',
    };
  }
  return {
    diagnosis:
      'Hits save less time under load than on an idle engine, though no engine is hot: queueing, the gateway’s own time, or a busy machine.',
    remedy:
      'Compare the gateway tax and the audit; lower --concurrency, or give gateway and engines more CPU.',
  };
}

function mostFrequent(values: readonly (string | null)[]): string | null {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best: string | null = null;
  for (const [value, count] of counts) {
    if (best === null || count > (counts.get(best) ?? 0)) best = value;
  }
  return best;
}

import type { EngineProfile } from '../../target/engine-profile.ts';
import { type Trial, cachedOf } from '../trial.ts';

interface Cause {
  cause: string;
  remedy: string;
}

/** Why an engine that reports its hits had none for a repeated prompt, what it says of itself first. */
export function whyNoHit(profile: EngineProfile, trial: Trial): Cause {
  const { kind, blockTokens, capacityTokens, prefixCaching, cachesNothing } = profile;
  const sent = trial.first.value?.sample.promptTokens ?? 0;
  const cold = cachedOf(trial.first) ?? 0;
  if (cold > sent / 2) {
    return {
      cause: 'claims-unseen',
      remedy:
        'A prompt nobody had sent before is reported as cached: the figure is made up on the way, or a cache answers before the engine. Do not trust cached tokens here.',
    };
  }
  if (prefixCaching === false) {
    return { cause: 'prefix-caching-off', remedy: kind.advice.prefixCaching };
  }
  if (cachesNothing) {
    return {
      cause: 'hybrid-no-op',
      remedy:
        'Prefix caching is on, but the model’s state-space layers are not cached (mamba_cache_mode none): start vLLM with --mamba-cache-mode align, or expect no hits.',
    };
  }
  if (blockTokens !== null && sent <= blockTokens) {
    return {
      cause: 'block-larger-than-probe',
      remedy: `The engine reuses whole blocks of ${blockTokens} tokens, and the ${sent} that its context left room for are fewer: only longer prompts could hit. Serve the model with a longer context.`,
    };
  }
  if (capacityTokens !== null && capacityTokens < sent) {
    return {
      cause: 'cache-too-small',
      remedy: `The KV cache holds ${capacityTokens} tokens, less than one prompt of ${sent}: give the engine more KV memory.`,
    };
  }
  const isSizeKnown = blockTokens !== null;
  return {
    cause: 'unknown',
    remedy: `${kind.advice.prefixCaching}${isSizeKnown ? '' : ` If it is on, its blocks may be larger than the ${sent} tokens sent (hybrid models: 528 to 1,600).`} Else something evicts at once: look at the load and at the size of the KV cache.`,
  };
}

import type { EngineKind } from './kind.ts';
import { llamaCpp } from './llama-cpp.ts';
import type { MetricPage } from './metric-page.ts';
import { ollama } from './ollama.ts';
import { sglang } from './sglang.ts';
import { tgi } from './tgi.ts';
import { trtllm } from './trtllm.ts';
import { unknown } from './unknown.ts';
import { vllm } from './vllm.ts';

/** llama.cpp before Ollama, since it serves Ollama's routes too. A kind is one file and one row. */
export const ENGINE_KINDS: readonly EngineKind[] = [vllm, sglang, trtllm, llamaCpp, ollama, tgi];

/** Whose metrics these are; `unknown` when nobody's. */
export function kindOfPage(page: MetricPage): EngineKind {
  return ENGINE_KINDS.find(({ prefix }) => page.hasPrefix(prefix)) ?? unknown;
}

export function kindOfOwner(owner: string | null): EngineKind {
  return ENGINE_KINDS.find((it) => owner !== null && it.owner === owner) ?? unknown;
}

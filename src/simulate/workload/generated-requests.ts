import { chatTokenIds } from '../../../mocks/kv/chat-tokens.ts';
import { wordTokenizer } from '../../../mocks/kv/tokens.ts';
import type { Pacer } from '../../load/pacer.ts';
import type { Tokenize } from '../../load/prompts.ts';
import { prepareWorkload, type WorkloadSpec } from '../../load/workload.ts';
import type { SimulatedRequest } from './simulated-request.ts';

export interface GeneratedOptions {
  spec: WorkloadSpec;
  requests: number;
  /** Undefined in a closed loop. */
  pacer: Pacer | undefined;
  seed: number;
}

const tokenize: Tokenize = (messages) =>
  Promise.resolve(chatTokenIds(wordTokenizer, messages) as unknown as readonly number[]);

/** The prompts `kvcache load` would send, as the mock engine tokenizes them. */
export async function generatedRequests(options: GeneratedOptions): Promise<SimulatedRequest[]> {
  const { spec, requests, pacer, seed } = options;
  const runId = `simulate-${seed}`;
  const { next } = await prepareWorkload(spec, { runId, seed, tokenize, tokenizer: 'engine' });
  const digits = String(requests).length;
  const made: SimulatedRequest[] = [];
  for (let index = 0; index < requests; index++) {
    const prompt = next();
    const atMs = pacer ? pacer(index) : 0;
    if (prompt === undefined || atMs === undefined) break;
    const tokens = chatTokenIds(wordTokenizer, prompt.messages);
    made.push({
      key: String(index).padStart(digits, '0'),
      atMs,
      session: prompt.session,
      delayMs: 0,
      tokens: () => tokens,
      outputTokens: prompt.outputTokens,
    });
  }
  return made;
}

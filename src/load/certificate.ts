import type { ChatMessage } from '../traces/messages.ts';
import { commonPrefix, type Tokenize } from './prompts.ts';

/** vLLM's default KV block. */
const BLOCK_TOKENS = 16;
/** LMCache's default chunk. */
export const CHUNK_TOKENS = 256;

/** Facts about a workload's prompts, measured before the first request; lengths in tokens. */
export interface PromptCertificate {
  workload: string;
  /** `engine`: counted by the deployment itself. `estimate`: guessed; predicts no cache hit. */
  tokenizer: 'engine' | 'estimate';
  /** Prompts measured. */
  sampled: number;
  promptTokensMin: number;
  promptTokensMax: number;
  /** Whether all prompts measured are equally long. */
  isParity: boolean;
  /** Leading tokens that prompts with nothing in common share anyway: the chat template. */
  templateFloorTokens: number | undefined;
  /** Leading tokens that prompts of one group share, template included; undefined without groups. */
  sharedTokens: number | undefined;
  /** Of the engines' KV cache. */
  blockTokens: number;
  /** Nobody says how large a block is: vLLM's default is taken. */
  isBlockAssumed: boolean;
  /** Of those shared, in whole blocks: what the engine can reuse once the group is primed. */
  expectedHitTokens: number | undefined;
  /** Of those, in whole chunks of 256: what LMCache can reuse. */
  expectedChunkTokens: number | undefined;
}

export interface CertificateInput {
  workload: string;
  tokenizer: PromptCertificate['tokenizer'];
  tokenize: Tokenize;
  blockTokens?: number | undefined;
  /** Prompts typical of the workload; groups with several members show what they share. */
  prompts: readonly { messages: readonly ChatMessage[]; group: string }[];
}

/** Tokenizes sample prompts and states what they are. */
export async function certify(input: CertificateInput): Promise<PromptCertificate> {
  const tokenized = await Promise.all(
    input.prompts.map(async ({ messages, group }) => ({
      group,
      tokens: await input.tokenize(messages),
    })),
  );
  const lengths = tokenized.map(({ tokens }) => tokens.length);
  const within = prefixes(tokenized, (a, b) => a.group !== '' && a.group === b.group);
  const across = prefixes(tokenized, (a, b) => a.group === '' || a.group !== b.group);
  const sharedTokens = minimum(within);
  const { blockTokens = BLOCK_TOKENS } = input;
  return {
    workload: input.workload,
    tokenizer: input.tokenizer,
    sampled: tokenized.length,
    promptTokensMin: Math.min(...lengths),
    promptTokensMax: Math.max(...lengths),
    isParity: Math.min(...lengths) === Math.max(...lengths),
    templateFloorTokens: minimum(across),
    sharedTokens,
    blockTokens,
    isBlockAssumed: input.blockTokens === undefined,
    expectedHitTokens: sharedTokens === undefined ? undefined : wholeOf(sharedTokens, blockTokens),
    expectedChunkTokens:
      sharedTokens === undefined ? undefined : wholeOf(sharedTokens, CHUNK_TOKENS),
  };
}

interface Tokenized {
  group: string;
  tokens: readonly number[];
}

function prefixes(
  prompts: readonly Tokenized[],
  belongs: (a: Tokenized, b: Tokenized) => boolean,
): number[] {
  return prompts.flatMap((left, index) =>
    prompts
      .slice(index + 1)
      .filter((right) => belongs(left, right))
      .map((right) => commonPrefix(left.tokens, right.tokens)),
  );
}

function minimum(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.min(...values);
}

function wholeOf(tokens: number, size: number): number {
  return Math.floor(tokens / size) * size;
}

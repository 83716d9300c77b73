import { createRandom, mixSeed, type Random } from '../../../src/base/random.ts';
import { chainSeed, TokenChain } from '../../kv/blocks.ts';
import type { EngineProfile } from '../../profiles/profile.ts';
import { type AnswerBook, planLength } from './output.ts';
import type { EngineRequest, PlannedOutput, RequestListener } from './request.ts';
import { stoppedOutput } from './stop.ts';
import { OccurrenceCount } from './occurrence-count.ts';
import { Sequence } from './sequence.ts';

export interface SequenceFactoryOptions {
  profile: EngineProfile;
  answers: AnswerBook;
  seed: number;
  jitterSeed: number;
  model: string;
  tierHashSeed: number;
  apiMs: number;
}

/** So much of a prompt decides its answer: what was said last, as in a conversation. */
const PROMPT_END_TOKENS = 64;

/** Turns requests into sequences: chains, answer, place among repeats. */
export class SequenceFactory {
  readonly #options: SequenceFactoryOptions;
  readonly #answersSeed: number;
  readonly #occurrences = new OccurrenceCount();
  /** Seeds of requests without LoRA and salt, which is most of them. */
  #plainDeviceSeed: number | undefined;
  #plainTierSeed: number | undefined;

  constructor(options: SequenceFactoryOptions) {
    this.#options = options;
    this.#answersSeed = mixSeed(options.seed, 'answer', options.model);
  }

  /** Chain of the device cache: model, LoRA and salt are part of it, as in vLLM. */
  deviceChain(
    request: Pick<EngineRequest, 'promptTokens' | 'hashed' | 'loraName' | 'cacheSalt'>,
  ): TokenChain {
    const { blockSize } = this.#options.profile;
    const seed = this.#deviceSeed(request);
    return (
      hashedChain(request, blockSize, seed) ?? new TokenChain(request.promptTokens, blockSize, seed)
    );
  }

  /** The same tokens as the second tier chains them: LMCache's chunk hashes know no model; null without a tier. */
  tierChain(
    request: Pick<EngineRequest, 'hashed' | 'loraName' | 'cacheSalt'>,
    chain: TokenChain,
  ): TokenChain | null {
    const { tier } = this.#options.profile;
    if (!tier) return null;
    const seed = this.#tierSeed(request);
    const tierChain =
      hashedChain(request, tier.chunkTokens, seed) ?? chain.rechained(tier.chunkTokens, seed);
    const { loraName, cacheSalt } = request;
    if (loraName !== undefined || cacheSalt !== undefined) {
      tierChain.isolation = { loraName, cacheSalt };
    }
    return tierChain;
  }

  #deviceSeed({ loraName, cacheSalt }: Pick<EngineRequest, 'loraName' | 'cacheSalt'>): number {
    const { model } = this.#options;
    if (loraName !== undefined || cacheSalt !== undefined) {
      return chainSeed({ model, loraName, cacheSalt });
    }
    return (this.#plainDeviceSeed ??= chainSeed({ model }));
  }

  #tierSeed({ loraName, cacheSalt }: Pick<EngineRequest, 'loraName' | 'cacheSalt'>): number {
    const { tierHashSeed: hashSeed } = this.#options;
    if (loraName !== undefined || cacheSalt !== undefined) {
      return chainSeed({ loraName, cacheSalt, hashSeed });
    }
    return (this.#plainTierSeed ??= chainSeed({ hashSeed }));
  }

  create(
    request: EngineRequest,
    chain: TokenChain,
    listener: RequestListener,
    submittedMs: number,
  ): Sequence {
    return new Sequence({
      request,
      listener,
      occurrence: this.#occurrences.add(request.key),
      chain,
      tierChain: this.tierChain(request, chain),
      output: request.output ?? this.#answer(request, chain),
      submittedMs,
      arrivalMs: submittedMs + this.#options.apiMs,
      jitterSeed: this.#options.jitterSeed,
    });
  }

  /** Same prompt, model and seed: same answer on every engine of whatever blocks, and at any load. */
  #answer(request: EngineRequest, chain: TokenChain): PlannedOutput {
    const random = createRandom(this.#answerSeed(request, chain));
    const maxTokens = request.maxTokens ?? this.#options.profile.maxModelLen - chain.length;
    const output = request.isJsonObject
      ? this.#options.answers.jsonAnswer(random, maxTokens)
      : this.#prose(random, request, maxTokens);
    return request.stop ? stoppedOutput(output, request.stop) : output;
  }

  #prose(random: Random, request: EngineRequest, maxTokens: number): PlannedOutput {
    const { profile, answers } = this.#options;
    const plan = planLength(random, profile.output, {
      maxTokens,
      minTokens: request.minTokens ?? 0,
      ignoreEos: request.ignoreEos ?? false,
    });
    return answers.answer(random, plan.length, plan.finishReason);
  }

  #answerSeed({ choice, loraName }: EngineRequest, chain: TokenChain): number {
    const seed = this.#answersSeed ^ chain.endHash(PROMPT_END_TOKENS);
    if (!choice && loraName === undefined) return seed;
    return mixSeed(seed, loraName ?? '', choice ?? 0);
  }
}

function hashedChain(
  { hashed }: Pick<EngineRequest, 'hashed'>,
  blockSize: number,
  seed: number,
): TokenChain | undefined {
  return hashed?.find((it) => it.blockSize === blockSize && it.seed === seed)?.forked();
}

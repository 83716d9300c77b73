import { createRandom, mixSeed } from '../../../src/base/random.ts';
import { chainSeed, TokenChain } from '../../../src/kv/blocks.ts';
import type { EngineProfile } from '../../profiles/profile.ts';
import { type AnswerBook, planLength } from './output.ts';
import type { EngineRequest, PlannedOutput, RequestListener } from './request.ts';
import { stoppedOutput } from './stop.ts';
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

/** At least so many keys have their repeats counted; older ones start over. */
const KEYS_KEPT = 32_768;

/** Turns requests into sequences: chains, answer, place among repeats. */
export class SequenceFactory {
  readonly #options: SequenceFactoryOptions;
  #occurrences = new Map<string, number>();
  #olderOccurrences = new Map<string, number>();
  /** Seeds of requests without LoRA and salt, which is most of them. */
  #plainDeviceSeed: number | undefined;
  #plainTierSeed: number | undefined;

  constructor(options: SequenceFactoryOptions) {
    this.#options = options;
  }

  /** Chain of the device cache: model, LoRA and salt are part of it, as in vLLM. */
  deviceChain(request: Pick<EngineRequest, 'promptTokens' | 'loraName' | 'cacheSalt'>): TokenChain {
    const { blockSize } = this.#options.profile;
    return new TokenChain(request.promptTokens, blockSize, this.#deviceSeed(request));
  }

  /** The same tokens as the second tier chains them: LMCache's chunk hashes know no model; null without a tier. */
  tierChain(
    request: Pick<EngineRequest, 'loraName' | 'cacheSalt'>,
    chain: TokenChain,
  ): TokenChain | null {
    const { profile } = this.#options;
    return profile.tier && chain.rechained(profile.tier.chunkTokens, this.#tierSeed(request));
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
      occurrence: this.#countOccurrence(request.key),
      chain,
      tierChain: this.tierChain(request, chain),
      output: request.output ?? this.#answer(request, chain),
      submittedMs,
      arrivalMs: submittedMs + this.#options.apiMs,
      jitterSeed: this.#options.jitterSeed,
    });
  }

  /** Same prompt, same seed: same answer on every engine and at any load. */
  #answer(request: EngineRequest, chain: TokenChain): PlannedOutput {
    const { profile, answers, seed } = this.#options;
    const prompt = chain.tailHash() ?? chain.hash(chain.fullBlocks - 1);
    const answerSeed = mixSeed(seed, 'answer', prompt);
    const random = createRandom(request.choice ? mixSeed(answerSeed, request.choice) : answerSeed);
    const plan = planLength(random, profile.output, {
      maxTokens: request.maxTokens ?? profile.maxModelLen - chain.length,
      minTokens: request.minTokens ?? 0,
      ignoreEos: request.ignoreEos ?? false,
    });
    const output = answers.answer(random, plan.length, plan.finishReason);
    return request.stop ? stoppedOutput(output, request.stop) : output;
  }

  /** Two generations of keys: a Map that drops its oldest entry one by one has to search for it. */
  #countOccurrence(key: string): number {
    const occurrence = this.#occurrences.get(key) ?? this.#olderOccurrences.get(key) ?? 0;
    this.#occurrences.set(key, occurrence + 1);
    if (this.#occurrences.size >= KEYS_KEPT) {
      this.#olderOccurrences = this.#occurrences;
      this.#occurrences = new Map();
    }
    return occurrence;
  }
}

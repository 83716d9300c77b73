import type { Clock } from '../../base/clock.ts';
import { redactUrl } from '../../base/origin.ts';
import { createChatClient } from '../../load/chat-client.ts';
import { userPrompt } from '../../load/prompts.ts';
import { chatRequest } from '../../load/requests.ts';
import type { Sample } from '../../load/sample.ts';
import { sendAll, type SendSetting } from '../../load/send.ts';
import { requireAnswer } from '../../load/unanswered.ts';
import type { Access } from '../../net/access.ts';
import { callHttp } from '../../net/call.ts';
import type { LoadClient } from '../../net/load-client.ts';
import { calibrateError } from '../errors.ts';
import type { Probe, ProbeGroup } from './plan.ts';
import type { ProbeEngine } from './probe-engine.ts';
import { promptTextOf, type TokenRate } from './prompt-text.ts';

export interface LiveEngineOptions {
  /** Base URL. */
  url: string;
  model: string;
  access: Access;
  timeoutMs: number;
  /** Most prompts at once. */
  batch: number;
  clock: Clock;
  signal: AbortSignal;
  /** Takes every sample as it happens; ids count from 0 over all. */
  record?: ((sample: Sample) => void) | undefined;
}

/** Words of the longer of the two prompts by which tokens are counted. */
const RULER_WORDS = 256;
const RATE_BEFORE: TokenRate = { perWord: 1, template: 0 };

/** An engine that answers over HTTP. Close it when done. */
export class LiveEngine implements ProbeEngine {
  /** Requests that were answered, whatever they were for. */
  answered = 0;
  #rate: TokenRate = RATE_BEFORE;
  readonly #options: LiveEngineOptions;
  readonly #client: LoadClient;
  readonly #originMs: number;
  #recorded = 0;

  constructor(options: LiveEngineOptions) {
    this.#options = options;
    const { url, access, batch, clock } = options;
    this.#client = createChatClient({ baseUrl: url, ...access, connections: batch });
    this.#originMs = clock.nowMs();
  }

  /**
   * Finds out how many tokens our words have, by two prompts.
   * @throws KvcacheError UNREACHABLE, TIMEOUT, PROBE_UNANSWERED, PROMPT_LENGTH_UNKNOWN (kind target)
   */
  async measureTokens(runId: string): Promise<void> {
    const short = await this.#lengthOf({ name: `ruler/${runId}/short`, tokens: 8 });
    const long = await this.#lengthOf({ name: `ruler/${runId}/long`, tokens: RULER_WORDS });
    const perWord = (long - short) / (RULER_WORDS - 8);
    this.#rate = { perWord, template: Math.max(0, Math.round(short - 8 * perWord)) };
  }

  async #lengthOf(own: Probe['own']): Promise<number> {
    const probes = [{ prefix: undefined, own, outputTokens: 2 }];
    const [sample] = await this.send({ arm: 'prime', round: 0, probes });
    const { url } = this.#options;
    const where = redactUrl(url);
    requireAnswer(sample!, url);
    if (sample!.failure !== undefined) {
      throw calibrateError('PROBE_UNANSWERED', { where, details: [sample!.problem ?? ''] });
    }
    if (sample!.promptTokens !== undefined) return sample!.promptTokens;
    throw calibrateError('PROMPT_LENGTH_UNKNOWN', { where });
  }

  async send({ arm, round, probes }: ProbeGroup): Promise<Sample[]> {
    const { clock, timeoutMs, signal } = this.#options;
    const requests = probes.map((probe) => ({
      request: chatRequest(userPrompt(promptTextOf(probe, this.#rate)), {
        model: this.#options.model,
        stream: true,
        maxTokens: probe.outputTokens,
        // An answer that ends by itself would say less of its batch.
        extra: { ignore_eos: true },
      }),
      client: this.#client,
    }));
    const samples: Sample[] = [];
    const setting: SendSetting = {
      clock,
      originMs: this.#originMs,
      timeoutMs,
      concurrency: probes.length,
      labels: { phase: arm === 'prime' ? 'warmup' : 'measure', arm, block: round },
      signal,
      record: (sample) => {
        samples.push(sample);
        if (sample.status !== undefined) this.answered++;
        this.#options.record?.({ ...sample, id: this.#recorded++ });
      },
    };
    // What was cut short has been recorded as such.
    await sendAll(requests, setting).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    return samples;
  }

  async dropDeviceCache(): Promise<boolean> {
    const { url, access, timeoutMs, signal } = this.#options;
    const call = { url: `${url}/reset_prefix_cache`, method: 'POST' as const };
    const { status } = await callHttp({ ...call, ...access, timeoutMs, signal });
    return status === 200;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}

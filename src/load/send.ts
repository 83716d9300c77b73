import type { Clock } from '../base/clock.ts';
import type { LoadClient } from '../net/load-client.ts';
import type { LoadRequest } from './attempt.ts';
import type { KeptAnswer } from './kept-answer.ts';
import { runPhase } from './run-load.ts';
import type { Sample, SampleLabels } from './sample.ts';

/** A request and through which client it goes. */
export interface Addressed {
  request: LoadRequest;
  client: LoadClient;
}

export interface SendSetting {
  clock: Clock;
  /** `clock.nowMs()` at the start of the run: 0 of every mark. */
  originMs: number;
  /** Per request, from sending; counted at its full length. */
  timeoutMs: number;
  concurrency: number;
  labels: SampleLabels;
  signal?: AbortSignal | undefined;
  /** Names of further response headers that say who served, most trusted first; lower case. */
  servedByHeaders?: readonly string[] | undefined;
  /** Takes every sample as it happens. */
  record?: ((sample: Sample, index: number) => void) | undefined;
}

/** One answer, with what people want to look at. */
export interface Answer {
  sample: Sample;
  /** By name in lower case. */
  headers: Readonly<Record<string, string>>;
  /** As received, at most 1 MiB of it. */
  body: string;
  /** Output of all kinds, joined. */
  text: string;
}

/**
 * Sends the given requests in order, at most `concurrency` at once; gives their samples in the order
 * of the requests. Never rejects for a request.
 * @throws the signal's reason when aborted, after every request under way has settled and been
 * recorded as `stopped`; what `record` throws
 */
export async function sendAll(
  requests: readonly Addressed[],
  setting: SendSetting,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  await send(requests, setting, (sample) => {
    samples[sample.id] = sample;
  });
  return samples;
}

/**
 * One request.
 * @throws as {@link sendAll}
 */
export async function sendOne(
  addressed: Addressed,
  setting: Omit<SendSetting, 'concurrency'>,
): Promise<Answer> {
  let answer: Answer | undefined;
  await send(
    [addressed],
    { ...setting, concurrency: 1 },
    (sample, kept) => {
      const { headers, body, text } = kept!;
      answer = { sample, headers, body, text };
    },
    true,
  );
  return answer!;
}

async function send(
  requests: readonly Addressed[],
  setting: SendSetting,
  take: (sample: Sample, answer: KeptAnswer | undefined) => void,
  keepsAnswers = false,
): Promise<void> {
  const { labels, concurrency, timeoutMs, signal, record, ...around } = setting;
  let next = 0;
  await runPhase(
    { labels, load: { kind: 'closed', concurrency }, timeoutMs, maxErrorRate: 1 },
    {
      ...around,
      signal,
      keepsAnswers,
      client: (id) => requests[id]!.client,
      source: () => requests[next++]?.request,
      record: (sample, answer) => {
        take(sample, answer);
        record?.(sample, sample.id);
      },
    },
  );
  signal?.throwIfAborted();
}

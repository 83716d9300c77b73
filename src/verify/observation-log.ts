import type { Sample } from '../load/sample.ts';
import { SampleLog } from '../load/sample-log.ts';
import type { Observation } from './observation.ts';

/**
 * Every measured request as a line of the sample log, with what the experiment knows of it beside
 * it. Bytes are not counted here and stand as 0.
 */
export class ObservationLog {
  readonly path: string;
  readonly #log: SampleLog;
  #originMs: number | undefined;
  #count = 0;

  /** @throws KvcacheError SAMPLES_UNWRITABLE (kind usage) */
  constructor(path: string) {
    this.path = path;
    this.#log = new SampleLog(path, { command: 'verify' });
  }

  append(observations: readonly Observation[]): void {
    for (const observation of observations) {
      this.#originMs ??= observation.startMs;
      const sample = sampleOf(observation, { id: this.#count++, originMs: this.#originMs });
      this.#log.append(sample);
    }
    this.#log.flush();
  }

  close(): void {
    this.#log.close();
  }
}

function sampleOf(
  observation: Observation,
  { id, originMs }: { id: number; originMs: number },
): Sample & { observation: Observation } {
  const sentMs = observation.startMs - originMs;
  return {
    id,
    phase: 'measure',
    arm: observation.arm,
    block: observation.round,
    group: observation.requestId,
    intendedMs: sentMs,
    sentMs,
    firstTokenMs: observation.failure === null ? sentMs + observation.ttftMs : undefined,
    lastTokenMs: undefined,
    endMs: sentMs + observation.latencyMs,
    itlsMs: [],
    promptTokens: observation.promptTokens,
    outputTokens: observation.outputTokens,
    cachedTokens: observation.cachedTokens ?? undefined,
    servedBy: observation.servedBy ?? undefined,
    servedBySource: observation.servedSource,
    status: observation.status ?? undefined,
    failure: observation.failure ?? undefined,
    requestBytes: 0,
    answerBytes: 0,
    observation,
  };
}

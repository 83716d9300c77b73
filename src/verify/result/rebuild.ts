import { systemClock } from '../../base/clock.ts';
import { retold } from '../../base/errors.ts';
import { readSamples } from '../../load/read-samples.ts';
import { SAMPLES_END_SCHEMA, SAMPLES_NOTE_SCHEMA } from '../../load/sample-log.ts';
import { buildResult } from './build-result.ts';
import { type Ledger, newLedger } from '../experiment/ledger.ts';
import type { MeasuredSample } from '../evidence/measured.ts';
import type { LogHeader, LogState } from './observation-log.ts';
import type { Progress } from '../experiment/options.ts';
import type { VerifyResult } from './result.ts';
import { loadError } from '../../load/errors.ts';

export interface Rebuilt {
  result: VerifyResult;
  samples: MeasuredSample[];
  /** Null: the process ended before the run did. */
  exitCode: number | null;
}

interface Replay {
  header: LogHeader | undefined;
  ledger: Ledger;
  progress: Progress;
  exitCode: number | null;
}

/**
 * Builds the result of a verification again from its sample log, with the same code that built it at
 * its end. A log that stops half-way gives a partial result; its torn last line is left out.
 * @throws KvcacheError SAMPLES_INVALID (kind usage), `where` holding the line
 */
export async function rebuildVerification(path: string): Promise<Rebuilt> {
  const { header, ledger, progress, exitCode } = await replayLog(path);
  if (!header?.plan) throw incomplete(path);
  if (!progress.isDone) ledger.stopReason ??= 'The process ended before the run did.';
  const { startedAt, durationMs } = progress;
  const result = buildResult(
    { ...header, findings: [], clock: systemClock, startGateway: neverStarted },
    ledger,
    { startedAt, durationMs },
  );
  result.versions.kvcache = header.version;
  return { result, samples: ledger.samples, exitCode };
}

async function replayLog(path: string): Promise<Replay> {
  const replay: Replay = {
    header: undefined,
    ledger: newLedger(),
    progress: { startedAt: new Date(0).toISOString(), durationMs: 0, isDone: false },
    exitCode: null,
  };
  const samples = readSamples(path, (record) => {
    const { schema, ...rest } = record;
    if (schema === SAMPLES_NOTE_SCHEMA) replayState(replay, rest as unknown as LogState);
    else if (schema === SAMPLES_END_SCHEMA) replay.exitCode = Number(rest['exitCode']);
    else replay.header = rest as unknown as LogHeader;
  });
  for await (const sample of samples) {
    if ('experiment' in sample) replay.ledger.samples.push(sample as MeasuredSample);
  }
  return replay;
}

function replayState(replay: Replay, { counts, state, ...progress }: LogState): void {
  const { failure, ...known } = state;
  Object.assign(replay.ledger, known);
  replay.ledger.counts.push(...counts);
  replay.ledger.failure = failure ? retold(failure, { cause: undefined }) : null;
  replay.progress = progress;
}

function neverStarted(): Promise<never> {
  return Promise.reject(new Error('A run that is read back starts nothing.'));
}

function incomplete(path: string) {
  return loadError('SAMPLES_INVALID', {
    message: 'The sample log does not say what was measured: its header is incomplete.',
    where: `${path}:1:1`,
    remedy: 'Hand over a log that this version of kvcache verify wrote, unedited.',
  });
}

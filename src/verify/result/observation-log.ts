import { VERSION } from '../../base/version.ts';
import { redactUrl } from '../../base/origin.ts';
import type { Sample } from '../../load/sample.ts';
import { SampleLog } from '../../load/sample-log.ts';
import type { Ledger } from '../experiment/ledger.ts';
import type { Observation } from '../evidence/observation.ts';
import type { Progress, VerifyOptions } from '../experiment/options.ts';

/** What a result is built from beside the ledger; nothing secret. */
export type LogSetting = Pick<
  VerifyOptions,
  'plan' | 'targets' | 'gatewayMode' | 'settings' | 'nodeVersion' | 'artefacts'
>;

/** First line of the file. */
export interface LogHeader extends LogSetting {
  command: 'verify';
  version: string;
}

type Failure = NonNullable<Ledger['failure']>;

/** What the run knew at some point, without the requests, and only the block counts that are new. */
export interface LogState extends Progress {
  counts: Ledger['counts'];
  state: Omit<Ledger, 'observations' | 'counts' | 'failure'> & {
    failure: Pick<Failure, 'kind' | 'code' | 'message' | 'where' | 'details' | 'remedy'> | null;
  };
}

export interface LoggedSample extends Sample {
  observation: Observation;
}

/**
 * Sample log from which a run's whole result can be built again: every measured request as a line,
 * with what the experiment knows of it beside it, what was known after each step and block, and the
 * exit code at the end. Bytes are not counted here and stand as 0.
 */
export class ObservationLog {
  readonly path: string;
  readonly #log: SampleLog;
  #originMs: number | undefined;
  #count = 0;
  #countsWritten = 0;

  /** @throws KvcacheError SAMPLES_UNWRITABLE (kind usage) */
  constructor(path: string, setting: LogSetting) {
    this.path = path;
    const { plan, gatewayMode, settings, nodeVersion, artefacts } = setting;
    const header: LogHeader = {
      command: 'verify',
      version: VERSION,
      plan,
      targets: withoutSecrets(setting.targets),
      gatewayMode,
      settings,
      nodeVersion,
      artefacts,
    };
    this.#log = new SampleLog(path, { ...header });
  }

  /** Hands it to the system at once: what was measured survives whatever comes. */
  append(observation: Observation): void {
    this.#originMs ??= observation.startMs;
    const sample = sampleOf(observation, { id: this.#count++, originMs: this.#originMs });
    this.#log.append(sample);
    this.#log.flush();
  }

  state(ledger: Ledger, progress: Progress): void {
    const { observations: _, counts: all, failure, ...known } = ledger;
    const counts = all.slice(this.#countsWritten);
    this.#countsWritten = all.length;
    const note: LogState = { ...progress, counts, state: { ...known, failure: told(failure) } };
    this.#log.note({ ...note });
  }

  /** The last line of a run that came to its end. */
  end(exitCode: number): void {
    this.#log.end({ exitCode });
  }

  close(): void {
    this.#log.close();
  }
}

function told(failure: Failure | null): LogState['state']['failure'] {
  if (failure === null) return null;
  const { kind, code, message, where, details, remedy } = failure;
  return { kind, code, message, where, details, remedy };
}

function withoutSecrets(targets: VerifyOptions['targets']): VerifyOptions['targets'] {
  const { engines, controllerUrl } = targets;
  return {
    ...targets,
    apiKey: null,
    engines: engines.map((it) => ({ ...it, url: redactUrl(it.url) })),
    controllerUrl: controllerUrl === null ? null : redactUrl(controllerUrl),
  };
}

function sampleOf(
  observation: Observation,
  { id, originMs }: { id: number; originMs: number },
): LoggedSample {
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

import type { KvcacheError } from '../../base/errors.ts';
import { VERSION } from '../../base/version.ts';
import { SampleLog } from '../../load/sample-log.ts';
import { redactUrl } from '../../base/origin.ts';
import type { Ledger } from '../experiment/ledger.ts';
import type { MeasuredSample } from '../evidence/measured.ts';
import type { Progress, VerifyOptions } from '../experiment/options.ts';

/** What a result is built from beside the ledger; nothing secret. */
export type LogSetting = Pick<
  VerifyOptions,
  | 'plan'
  | 'targets'
  | 'gatewayMode'
  | 'policy'
  | 'baselineGatewayUrl'
  | 'learns'
  | 'settings'
  | 'nodeVersion'
  | 'artefacts'
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
  state: Omit<Ledger, 'samples' | 'counts' | 'failure'> & {
    failure: Pick<Failure, 'kind' | 'code' | 'message' | 'where' | 'details' | 'remedy'> | null;
  };
}

/**
 * Sample log from which a run's whole result can be built again: every measured request as a line,
 * with what the experiment knows of it beside it, what was known after each step and block, and the
 * exit code at the end.
 */
export class ObservationLog {
  readonly path: string;
  readonly #log: SampleLog;
  #countsWritten = 0;

  /** @throws KvcacheError SAMPLES_UNWRITABLE (kind usage) */
  constructor(path: string, setting: LogSetting) {
    this.path = path;
    const { targets, baselineGatewayUrl: baseline, ...plain } = setting;
    const header: LogHeader = {
      command: 'verify',
      version: VERSION,
      ...pick(plain),
      targets: withoutSecrets(targets),
      baselineGatewayUrl: baseline === null ? null : redactUrl(baseline),
    };
    this.#log = new SampleLog(path, { ...header });
  }

  /** Hands it to the system at once: what was measured survives whatever comes. */
  append(sample: MeasuredSample): void {
    this.#log.append(sample);
    this.#log.flush();
  }

  state(ledger: Ledger, progress: Progress): void {
    const { samples: _, counts: all, failure, ...known } = ledger;
    const counts = all.slice(this.#countsWritten);
    this.#countsWritten = all.length;
    const note: LogState = { ...progress, counts, state: { ...known, failure: told(failure) } };
    this.#log.note({ ...note });
  }

  /** The last line of a run that came to its end. */
  end(exitCode: number): void {
    this.#log.end({ exitCode });
  }

  /** @returns SAMPLES_UNWRITABLE (kind usage) where the file is not whole */
  close(): KvcacheError | undefined {
    return this.#log.close();
  }
}

function told(failure: Failure | null): LogState['state']['failure'] {
  if (failure === null) return null;
  const { kind, code, message, where, details, remedy } = failure;
  return { kind, code, message, where, details, remedy };
}

/** By name: whoever hands over more must not have it written. */
function pick({
  plan,
  gatewayMode,
  policy,
  learns,
  settings,
  nodeVersion,
  artefacts,
}: Omit<LogSetting, 'targets' | 'baselineGatewayUrl'>) {
  return { plan, gatewayMode, policy, learns, settings, nodeVersion, artefacts };
}

function withoutSecrets(targets: VerifyOptions['targets']): VerifyOptions['targets'] {
  const { engines, controllerUrl, gatewayUrl } = targets;
  return {
    ...targets,
    access: { headers: {} },
    gatewayUrl: gatewayUrl === null ? null : redactUrl(gatewayUrl),
    engines: engines.map((it) => ({ ...it, url: redactUrl(it.url) })),
    controllerUrl: controllerUrl === null ? null : redactUrl(controllerUrl),
  };
}

import { isDeepStrictEqual } from 'node:util';
import { KvcacheError, messageOf } from '../../base/errors.ts';
import type { FleetTargets } from '../../watch/read-fleet.ts';
import type { CliContext } from '../shell/context.ts';
import { formatError } from '../shell/error-report.ts';
import { onFileChange } from '../shell/file-change.ts';
import type { WatchCall } from './flags.ts';
import { type WatchSettings, watchSettings } from './settings.ts';

/** What is watched, as the file of `--config` had it when it was read last. */
export class TargetFile {
  targets: FleetTargets;
  readonly #settings: WatchSettings;
  readonly #again: WatchCall['again'];
  readonly #context: CliContext;
  readonly #say: (line: string) => void;

  constructor(given: {
    settings: WatchSettings;
    again: WatchCall['again'];
    context: CliContext;
    say: (line: string) => void;
  }) {
    this.#settings = given.settings;
    this.#again = given.again;
    this.#context = given.context;
    this.#say = given.say;
    this.targets = given.settings.targets;
  }

  /** Reads it whenever it changes. The function that is returned ends that. */
  follow(): () => void {
    const { filePath } = this.#settings;
    return filePath === undefined ? () => {} : onFileChange(filePath, () => this.reread());
  }

  /** A file that cannot be read, or says nonsense, changes nothing and is explained. */
  reread(): void {
    try {
      const { targets, sources: _, ...others } = watchSettings(this.#again(), this.#context);
      const { targets: __, sources: ___, ...now } = this.#settings;
      this.targets = targets;
      this.#say(`watching ${targets.engines.map(({ id }) => id).join(', ')} from now on`);
      if (!isDeepStrictEqual(others, now)) this.#say('what else changed takes a restart');
    } catch (error) {
      const why = error instanceof KvcacheError ? formatError(error).trimEnd() : messageOf(error);
      this.#say(`what is watched stays as it was: ${why}`);
    }
  }
}

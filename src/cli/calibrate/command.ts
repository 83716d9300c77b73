import type { RunAction } from '../shell/action.ts';
import { type FileableCommand, fileOption } from '../shell/fileable-command.ts';
import { optionsOf } from '../shell/flag-table.ts';
import { outputOptions, reporterOption, withOptions } from '../shell/options.ts';
import { CALIBRATE_FLAGS, type CalibrateFlags } from './flags.ts';

const EXAMPLES = `
Fits the terms of the step model to one engine: cold and cached prompts of many
lengths, answers in small and large batches. Every fourth round is not fitted,
but predicted. docs/calibrate.md has the terms, and what each takes to be known.

Environment: only the variable that --api-key-env names.

Examples:
  kvcache calibrate --engine http://127.0.0.1:8000 --dry-run
  kvcache calibrate --engine http://127.0.0.1:8000 --out engine.yaml
  kvcache calibrate --samples run.ndjson --served-by engine-a --out engine.yaml
  kvcache simulate --trace t.jsonl --profile engine.yaml --engines 8
  kvcache mock up --profile engine.yaml`;

/** `kvcache calibrate`: a profile fitted to a real engine. */
export function calibrateCommand(command: FileableCommand, run: RunAction): void {
  command.table = CALIBRATE_FLAGS;
  withOptions(
    command,
    ...optionsOf(CALIBRATE_FLAGS),
    fileOption(),
    reporterOption(),
    ...outputOptions(),
  )
    .addHelpText('after', EXAMPLES)
    .action((flags: CalibrateFlags) =>
      run(async () => (await import('./action.ts')).calibrateEngine, flags),
    );
}

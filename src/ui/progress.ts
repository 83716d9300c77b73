import type { Environment } from '../base/environment.ts';
import type { Clock } from '../base/clock.ts';
import type { Check } from '../base/outcome.ts';
import type { Sample } from '../load/sample.ts';
import type { LiveView, Pace } from './live.tsx';
import type { Paint } from './marks.ts';
import { PlainProgress } from './plain.ts';
import { SampleTally } from './sample-tally.ts';
import type { Terminal } from './surface.ts';
import { initialView, type ProgressEvent, reduce } from './view-state.ts';

export interface ProgressSurroundings {
  /** Progress never goes to stdout, which belongs to results. */
  stderr: Terminal & { readonly isTTY?: boolean | undefined };
  env: Environment;
  clock: Clock;
  signal: AbortSignal;
}

export interface ProgressOptions {
  /** What runs, as the user called it. */
  title: string;
  /** Steps in their order, as far as they are known beforehand. */
  phases: readonly string[];
  /** How many checks will settle, if that is known. */
  checks?: number;
  /** No progress at all. */
  isQuiet: boolean;
  /** A machine reads the result: lines, whatever stderr is. */
  isMachine: boolean;
  paint: Paint;
  describe: (check: Check) => string[];
}

interface LineOptions extends ProgressOptions {
  /** A line in as many as fit. */
  fit: (line: string) => string[];
}

/** Where a command reports how far it is. */
export interface Progress {
  onEvent(event: ProgressEvent): void;
  /** Cheap enough for every sample of a load generator. */
  onSample(sample: Sample): void;
  /** Takes the view down, if there is one; what is printed next stands under the warnings. Repeatable. */
  stop(): void;
}

export const SILENT: Progress = { onEvent: () => {}, onSample: () => {}, stop: () => {} };

/** Frames are time that a load generator does not get, and too rare to show in its p99 of delays. */
const MEASURING: Pace = { frameMsMin: 500, costShareMax: 0.006 };
/** Nothing is measured that a frame could disturb; short runs should be seen all the same. */
const WATCHING: Pace = { frameMsMin: 100, costShareMax: 0.2 };

/** A live view on a terminal, lines elsewhere, nothing when nobody wants to hear of it. */
export async function startProgress(
  surroundings: ProgressSurroundings,
  options: LineOptions,
): Promise<Progress> {
  if (options.isQuiet) return SILENT;
  if (canBeLive(surroundings, options)) {
    const { progress, drawn } = startLive(surroundings, options, MEASURING);
    // Before anything is measured: it takes half a second.
    await drawn;
    return progress;
  }
  const { clock, stderr } = surroundings;
  const { paint, describe, fit } = options;
  const write = (line: string): void => {
    for (const it of fit(line)) stderr.write(`${it}\n`);
  };
  const plain = new PlainProgress({ clock, write, paint, describe });
  return { ...SILENT, onEvent: (event) => plain.listen(event) };
}

/** A live view that nothing waits for: it draws once it is loaded. Undefined where there can be none. */
export function watchLive(
  surroundings: ProgressSurroundings,
  options: ProgressOptions,
): Progress | undefined {
  if (options.isQuiet || !canBeLive(surroundings, options)) return undefined;
  return startLive(surroundings, options, WATCHING).progress;
}

/** A log of CI is no terminal even where it pretends to be one; a dumb terminal cannot redraw. */
export function canBeLive(
  { stderr, env }: Pick<ProgressSurroundings, 'stderr' | 'env'>,
  { isMachine }: Pick<ProgressOptions, 'isMachine'>,
): boolean {
  const isCi = ['CI', 'CONTINUOUS_INTEGRATION'].some(
    (name) => env[name] !== undefined && env[name] !== '0' && env[name] !== 'false',
  );
  return stderr.isTTY === true && !isMachine && !isCi && env['TERM'] !== 'dumb';
}

function startLive(
  { stderr, clock, signal }: ProgressSurroundings,
  options: ProgressOptions,
  pace: Pace,
): { progress: Progress; drawn: Promise<void> } {
  const { paint, describe } = options;
  const tally = new SampleTally();
  let view = initialView(options, clock.nowMs());
  let live: LiveView | undefined;
  let isOver = false;
  const take = (event: ProgressEvent): void => {
    view = reduce(view, event, clock.nowMs());
  };
  const onStop = (): void => take({ type: 'stopping' });
  signal.addEventListener('abort', onStop, { once: true });
  const mount = async (): Promise<void> => {
    const [{ mountLive }, { Dashboard }] = await Promise.all([
      import('./live.tsx'),
      import('./panels.tsx'),
    ]);
    if (isOver) return;
    live = mountLive({
      terminal: stderr,
      pace,
      clock,
      above: () => view.warnings.map((check) => describe(check).join('\n')),
      panels: (size) => Dashboard({ view, nowMs: clock.nowMs(), paint, ...size }),
    });
  };
  const progress: Progress = {
    onSample: (sample) => tally.add(sample),
    onEvent: (event) => {
      if (event.type === 'progress' || event.type === 'phase-ended') take(tally.take());
      take(event);
    },
    stop: () => {
      isOver = true;
      signal.removeEventListener('abort', onStop);
      live?.stop();
      live = undefined;
    },
  };
  return { progress, drawn: mount() };
}

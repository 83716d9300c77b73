import type { Clock } from '../base/clock.ts';
import type { Check } from '../base/outcome.ts';
import type { Sample } from '../load/sample.ts';
import type { Terminal } from './live.tsx';
import type { Paint } from './marks.ts';
import { PlainProgress } from './plain.ts';
import { SampleTally } from './sample-tally.ts';
import type { ProgressEvent } from './view-state.ts';

export interface ProgressSurroundings {
  /** Progress never goes to stdout, which belongs to results. */
  stderr: Terminal & { readonly isTTY?: boolean | undefined };
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  signal: AbortSignal;
}

export interface ProgressOptions {
  /** What runs, as the user called it. */
  title: string;
  /** Steps in their order, as far as they are known beforehand. */
  phases: readonly string[];
  /** No progress at all. */
  isQuiet: boolean;
  /** A machine reads the result: lines, whatever stderr is. */
  isMachine: boolean;
  paint: Paint;
  describe: (check: Check) => string[];
}

/** Where a command reports how far it is. */
export interface Progress {
  onEvent(event: ProgressEvent): void;
  /** Cheap enough for every sample of a load generator. */
  onSample(sample: Sample): void;
  /** Takes the view down, if there is one; what is printed next stands under the warnings. Repeatable. */
  stop(): void;
}

const SILENT: Progress = { onEvent: () => {}, onSample: () => {}, stop: () => {} };

/** A live view on a terminal, lines elsewhere, nothing when nobody wants to hear of it. */
export async function startProgress(
  surroundings: ProgressSurroundings,
  options: ProgressOptions,
): Promise<Progress> {
  if (options.isQuiet) return SILENT;
  if (canBeLive(surroundings, options)) return startLive(surroundings, options);
  const { clock, stderr } = surroundings;
  const { paint, describe } = options;
  const write = (line: string): void => {
    stderr.write(`${line}\n`);
  };
  const plain = new PlainProgress({ clock, write, paint, describe });
  return { ...SILENT, onEvent: (event) => plain.listen(event) };
}

/** A log of CI is no terminal even where it pretends to be one; a dumb terminal cannot redraw. */
function canBeLive({ stderr, env }: ProgressSurroundings, { isMachine }: ProgressOptions): boolean {
  const isCi = ['CI', 'CONTINUOUS_INTEGRATION'].some(
    (name) => env[name] !== undefined && env[name] !== '0' && env[name] !== 'false',
  );
  return stderr.isTTY === true && !isMachine && !isCi && env['TERM'] !== 'dumb';
}

async function startLive(
  { stderr, clock, signal }: ProgressSurroundings,
  { title, phases, paint, describe }: ProgressOptions,
): Promise<Progress> {
  // Before anything is measured: it takes half a second.
  const { mountLive } = await import('./live.tsx');
  const live = mountLive({ terminal: stderr, title, phases, clock, paint, describe });
  const tally = new SampleTally();
  const onStop = (): void => live.listen({ type: 'stopping' });
  signal.addEventListener('abort', onStop, { once: true });
  let isOver = false;
  return {
    onSample: (sample) => tally.add(sample),
    onEvent: (event) => {
      if (event.type === 'progress' || event.type === 'phase-ended') live.listen(tally.take());
      live.listen(event);
    },
    stop: () => {
      if (isOver) return;
      isOver = true;
      signal.removeEventListener('abort', onStop);
      live.stop();
    },
  };
}

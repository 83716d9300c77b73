import { EventEmitter } from 'node:events';
import { Box, render, Static, Text } from 'ink';
import type { ReactNode } from 'react';
import type { Clock } from '../base/clock.ts';
import type { Check } from '../base/outcome.ts';
import type { Paint } from './marks.ts';
import { Dashboard } from './panels.tsx';
import { initialView, type ProgressEvent, reduce, type View } from './view-state.ts';

/** A terminal to draw on. */
export interface Terminal {
  write(text: string): unknown;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}

export interface LiveOptions {
  terminal: Terminal;
  title: string;
  phases: readonly string[];
  clock: Clock;
  paint: Paint;
  /** The lines of a check, painted. */
  describe: (check: Check) => string[];
}

export interface LiveView {
  listen(event: ProgressEvent): void;
  stop(): void;
}

const FRAME_MS_MIN = 250;
/** Frames are time that a load generator does not get: the dearer one was, the later the next. */
const COST_SHARE_MAX = 0.012;
/** On a machine so slow frames must be too rare to show in the generator's p99 of delays. */
const SLOW_FRAME_MS = 5;
const SLOW_PAUSE_MS = 5_000;
/** The first frames are slow everywhere: nothing is compiled yet. */
const COLD_FRAMES = 4;
const FRAMES_PER_SECOND_MAX = 10;

/** Draws until `stop`, which leaves nothing but the warnings on the terminal. */
export function mountLive(options: LiveOptions): LiveView {
  const { clock, title, phases } = options;
  const surface = new Surface(options.terminal);
  let view = initialView(title, phases, clock.nowMs());
  const frame = (isOver: boolean): ReactNode => (
    <Screen view={view} surface={surface} options={options} isOver={isOver} />
  );
  const ink = render(frame(false), {
    stdout: surface as unknown as NodeJS.WriteStream,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: FRAMES_PER_SECOND_MAX,
  });
  let frames = 0;
  let cancel = (): void => {};
  const tick = (): void => {
    const startMs = clock.nowMs();
    ink.rerender(frame(false));
    const endMs = clock.nowMs();
    cancel = clock.at(endMs + pauseAfterMs(endMs - startMs, ++frames), tick);
  };
  tick();
  return {
    listen: (event) => {
      view = reduce(view, event, clock.nowMs());
    },
    stop: () => {
      cancel();
      ink.rerender(frame(true));
      ink.unmount();
      surface.close();
    },
  };
}

function pauseAfterMs(costMs: number, frames: number): number {
  if (frames <= COLD_FRAMES) return FRAME_MS_MIN;
  if (costMs > SLOW_FRAME_MS) return SLOW_PAUSE_MS;
  return Math.max(FRAME_MS_MIN, costMs / COST_SHARE_MAX);
}

interface ScreenProps {
  view: View;
  surface: Surface;
  options: LiveOptions;
  isOver: boolean;
}

/** Warnings scroll away above the dashboard and stay; the dashboard itself goes at the end. */
function Screen({ view, surface, options, isOver }: ScreenProps): ReactNode {
  const { clock, paint, describe } = options;
  const { columns, height } = surface;
  return (
    <Box flexDirection="column">
      <Static items={[...view.warnings]}>
        {(check, index) => <Text key={index}>{describe(check).join('\n')}</Text>}
      </Static>
      {isOver ? null : (
        <Dashboard
          view={view}
          nowMs={clock.nowMs()}
          columns={columns}
          rows={height}
          paint={paint}
        />
      )}
    </Box>
  );
}

/**
 * The terminal as ink sees it. It says nothing of being a TTY, so that ink neither hides the cursor
 * nor opens synchronised updates: even a SIGKILL between two writes leaves nothing to restore.
 */
class Surface extends EventEmitter {
  readonly #terminal: Terminal;
  readonly #onResize = (): void => {
    this.emit('resize');
  };

  constructor(terminal: Terminal) {
    super();
    this.#terminal = terminal;
    terminal.on?.('resize', this.#onResize);
  }

  get columns(): number {
    // Some pseudo-terminals say 0.
    return this.#terminal.columns || 80;
  }

  get height(): number {
    return this.#terminal.rows || 24;
  }

  /** For ink, which clears the whole terminal, what was there before included, when a frame fills it. */
  get rows(): number {
    return Number.MAX_SAFE_INTEGER;
  }

  write(text: string): boolean {
    this.#terminal.write(text);
    return true;
  }

  close(): void {
    this.#terminal.off?.('resize', this.#onResize);
  }
}

import { EventEmitter } from 'node:events';
import { Box, render, Static, Text } from 'ink';
import type { ReactNode } from 'react';
import type { Clock } from '../base/clock.ts';
import type { Check } from '../base/outcome.ts';
import type { Paint } from './marks.ts';
import { Dashboard } from './panels.tsx';
import type { View } from './view-state.ts';

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
  /** What is to be seen now. */
  view: () => View;
  pace: Pace;
  clock: Clock;
  paint: Paint;
  /** The lines of a check, painted. */
  describe: (check: Check) => string[];
}

/** How often to draw: the dearer a frame was, the later the next. */
export interface Pace {
  frameMsMin: number;
  /** Of the time, for frames. */
  costShareMax: number;
}

export interface LiveView {
  stop(): void;
}

/** The first frames are slow everywhere: nothing is compiled yet. */
const COLD_FRAMES = 4;

/** Draws until `stop`, which leaves nothing but the warnings on the terminal. */
export function mountLive(options: LiveOptions): LiveView {
  const { clock, pace, view } = options;
  const surface = new Surface(options.terminal);
  const frame = (isOver: boolean): ReactNode => (
    <Screen view={view()} surface={surface} options={options} isOver={isOver} />
  );
  const ink = render(frame(false), {
    stdout: surface as unknown as NodeJS.WriteStream,
    exitOnCtrlC: false,
    patchConsole: false,
    // The pace is ours: ink must draw when it is told to, so that a frame's cost is seen.
    maxFps: 1_000,
  });
  let frames = 0;
  const tick = (): void => {
    const startMs = clock.nowMs();
    ink.rerender(frame(false));
    const endMs = clock.nowMs();
    const pauseMs = ++frames <= COLD_FRAMES ? 0 : (endMs - startMs) / pace.costShareMax;
    cancel = clock.at(endMs + Math.max(pace.frameMsMin, pauseMs), tick);
  };
  let cancel = clock.at(clock.nowMs() + pace.frameMsMin, tick);
  return {
    stop: () => {
      cancel();
      ink.rerender(frame(true));
      ink.unmount();
      surface.close();
    },
  };
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

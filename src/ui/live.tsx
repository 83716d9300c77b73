import { EventEmitter } from 'node:events';
import { Box, render, Static, Text } from 'ink';
import type { ReactNode } from 'react';
import type { Clock } from '../base/clock.ts';

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
  /** What scrolls away above and stays; it only grows. */
  above: () => readonly string[];
  /** What is to be seen now, on a terminal of that size. */
  panels: (size: Size) => ReactNode;
  pace: Pace;
  clock: Clock;
}

export interface Size {
  columns: number;
  rows: number;
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

/** Draws until `stop`, which leaves nothing but what stands above on the terminal. */
export function mountLive(options: LiveOptions): LiveView {
  const { clock, pace } = options;
  const surface = new Surface(options.terminal);
  const frame = (isOver: boolean): ReactNode => (
    <Screen surface={surface} options={options} isOver={isOver} />
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
  surface: Surface;
  options: LiveOptions;
  isOver: boolean;
}

function Screen({ surface, options, isOver }: ScreenProps): ReactNode {
  const { columns, height: rows } = surface;
  return (
    <Box flexDirection="column">
      <Static items={[...options.above()]}>
        {(text, index) => <Text key={index}>{text}</Text>}
      </Static>
      {isOver ? null : options.panels({ columns, rows })}
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

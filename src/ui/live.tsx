import { Box, render, Static, Text } from 'ink';
import type { ReactNode } from 'react';
import type { Clock } from '../base/clock.ts';
import { Surface, type Terminal } from './surface.ts';

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

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
const FRAME_MS_MAX = 2_000;
/** Frames are CPU that a load generator does not get: the dearer one was, the later the next. */
const COST_SHARE_MAX = 0.012;
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
  let cancel = (): void => {};
  const tick = (): void => {
    const startMs = clock.nowMs();
    ink.rerender(frame(false));
    const endMs = clock.nowMs();
    const pauseMs = (endMs - startMs) / COST_SHARE_MAX;
    cancel = clock.at(endMs + Math.min(FRAME_MS_MAX, Math.max(FRAME_MS_MIN, pauseMs)), tick);
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

interface ScreenProps {
  view: View;
  surface: Surface;
  options: LiveOptions;
  isOver: boolean;
}

/** Warnings scroll away above the dashboard and stay; the dashboard itself goes at the end. */
function Screen({ view, surface, options, isOver }: ScreenProps): ReactNode {
  const { clock, paint, describe } = options;
  const { columns, rows } = surface;
  return (
    <Box flexDirection="column">
      <Static items={[...view.warnings]}>
        {(check, index) => <Text key={index}>{describe(check).join('\n')}</Text>}
      </Static>
      {isOver ? null : (
        <Dashboard view={view} nowMs={clock.nowMs()} columns={columns} rows={rows} paint={paint} />
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
    return this.#terminal.columns ?? 80;
  }

  get rows(): number {
    return this.#terminal.rows ?? 24;
  }

  write(text: string): boolean {
    this.#terminal.write(text);
    return true;
  }

  close(): void {
    this.#terminal.off?.('resize', this.#onResize);
  }
}

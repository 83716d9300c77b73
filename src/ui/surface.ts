import { EventEmitter } from 'node:events';

/** A terminal to draw on. */
export interface Terminal {
  write(text: string): unknown;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}

// oxlint-disable-next-line no-control-regex -- what ink and our paint write
const ESCAPES = /\u001b\[[\d;]*[A-Za-z]/g;

/**
 * The terminal as ink sees it. It says nothing of being a TTY, so that ink neither hides the cursor
 * nor opens synchronised updates: even a SIGKILL between two writes leaves nothing to restore.
 */
export class Surface extends EventEmitter {
  readonly #terminal: Terminal;
  /** What ink wrote last, which is a whole frame. */
  #frame = '';
  readonly #onResize = (): void => {
    this.#takeBackBroken();
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
    this.#frame = text.replaceAll(ESCAPES, '');
    this.#terminal.write(text);
    return true;
  }

  close(): void {
    this.#terminal.off?.('resize', this.#onResize);
  }

  /** A terminal that became narrower has broken long lines; ink takes back as many lines as it wrote. */
  #takeBackBroken(): void {
    const more = this.#frame
      .split('\n')
      .reduce((sum, line) => sum + Math.max(0, Math.ceil(line.length / this.columns) - 1), 0);
    if (more > 0) this.#terminal.write(`\u001b[${more}A\u001b[J`);
  }
}

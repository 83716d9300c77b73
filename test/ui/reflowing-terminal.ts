import { EventEmitter } from 'node:events';
import type { Terminal } from '../../src/ui/surface.ts';

interface Row {
  text: string;
  /** The line goes on in the next row: there was no room for it. */
  goesOn: boolean;
}

/** A terminal that, as most do, breaks lines anew when its width changes. It knows what ink writes. */
export class ReflowingTerminal extends EventEmitter implements Terminal {
  readonly rows = 24;
  columns: number;
  #lines: Row[] = [{ text: '', goesOn: false }];
  #at = 0;

  constructor(columns: number) {
    super();
    this.columns = columns;
  }

  write(text: string): void {
    // oxlint-disable-next-line no-control-regex -- escape sequences
    for (const piece of text.match(/\u001b\[\d*[A-Za-z]|[^]/g) ?? []) this.#take(piece);
  }

  /** The cursor is where a frame ends: in the last row, before anything. */
  resize(columns: number): void {
    const whole: string[] = [''];
    for (const { text, goesOn } of this.#lines) {
      whole[whole.length - 1] += text;
      if (!goesOn) whole.push('');
    }
    this.columns = columns;
    this.#lines = whole.slice(0, -1).flatMap((line) => broken(line, columns));
    this.#at = this.#lines.length - 1;
    this.emit('resize');
  }

  /** Without the empty rows below. */
  get shown(): string {
    return this.#lines
      .map(({ text }) => text)
      .join('\n')
      .trimEnd();
  }

  #take(piece: string): void {
    const row = this.#lines[this.#at]!;
    if (piece === '\n') this.#down();
    else if (piece.length === 1) this.#put(piece, row);
    else if (piece.endsWith('A')) this.#at = Math.max(0, this.#at - Number(piece.slice(2, -1)));
    else if (piece.endsWith('K')) this.#lines[this.#at] = { text: '', goesOn: false };
    else if (piece.endsWith('J')) this.#lines = [...this.#lines.slice(0, this.#at), blank()];
  }

  #put(character: string, row: Row): void {
    if (row.text.length < this.columns) row.text += character;
    else {
      row.goesOn = true;
      this.#down();
      this.#put(character, this.#lines[this.#at]!);
    }
  }

  #down(): void {
    this.#at++;
    if (this.#at === this.#lines.length) this.#lines.push(blank());
  }
}

const blank = (): Row => ({ text: '', goesOn: false });

function broken(line: string, columns: number): Row[] {
  const count = Math.max(1, Math.ceil(line.length / columns));
  return Array.from({ length: count }, (_, at) => ({
    text: line.slice(at * columns, (at + 1) * columns),
    goesOn: at < count - 1,
  }));
}

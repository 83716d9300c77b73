import type { OutputStream } from '../shell/context.ts';

/** A stream that can be told to wait while something else draws on the same terminal. */
export class HeldOutput implements OutputStream {
  readonly #out: OutputStream;
  #held: string[] | undefined;

  constructor(out: OutputStream) {
    this.#out = out;
  }

  get isTTY(): boolean | undefined {
    return this.#out.isTTY;
  }

  get columns(): number | undefined {
    return this.#out.columns;
  }

  write(text: string): void {
    if (this.#held) this.#held.push(text);
    else this.#out.write(text);
  }

  hold(): void {
    this.#held ??= [];
  }

  /** Writes what was held, in its order. Repeatable. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    if (held.length > 0) this.#out.write(held.join(''));
  }
}

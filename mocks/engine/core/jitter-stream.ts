import { createRandom, type Random } from '../../../src/base/random.ts';

/** One request's normal draws; what was drawn ahead in vain can be given back. */
export class JitterStream implements Pick<Random, 'normal'> {
  readonly #random: Random;
  #spare: number[] = [];

  constructor(seed: number) {
    this.#random = createRandom(seed);
  }

  normal(): number {
    return this.#spare.shift() ?? this.#random.normal();
  }

  /** To be drawn next, in this order. */
  giveBack(normals: readonly number[]): void {
    if (normals.length > 0) this.#spare = [...normals, ...this.#spare];
  }
}

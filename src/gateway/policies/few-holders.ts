/** A word takes up to three numbers below 1,024, in rising order; the last one stands again for those that lack. */
const BITS = 10;
const MASK = (1 << BITS) - 1;

/** Numbers that fit: one from 0, at most three. */
export const FEW = 3;
export const NUMBERS = 1 << BITS;

/** The word of one number. */
export function alone(number: number): number {
  return number | (number << BITS) | (number << (2 * BITS));
}

/** @param numbers one to three, in rising order */
export function packed(numbers: readonly number[]): number {
  const last = numbers.at(-1)!;
  return numbers[0]! | ((numbers[1] ?? last) << BITS) | (last << (2 * BITS));
}

export function unpacked(word: number): number[] {
  const [a, b, c] = [word & MASK, (word >>> BITS) & MASK, word >>> (2 * BITS)];
  if (a === c) return [a];
  return b === c ? [a, c] : [a, b, c];
}

/** Those of the numbers from 32 × `index` on, as bits. */
export function bitsOf(word: number, index: number): number {
  return (
    bitIn(word & MASK, index) |
    bitIn((word >>> BITS) & MASK, index) |
    bitIn(word >>> (2 * BITS), index)
  );
}

/** Adds them to a set of bits. */
export function addTo(set: Uint32Array, word: number): void {
  set[(word & MASK) >>> 5]! |= 1 << (word & 31);
  set[((word >>> BITS) & MASK) >>> 5]! |= 1 << ((word >>> BITS) & 31);
  set[word >>> (2 * BITS + 5)]! |= 1 << ((word >>> (2 * BITS)) & 31);
}

export function isAmong(word: number, number: number): boolean {
  return (
    (word & MASK) === number ||
    ((word >>> BITS) & MASK) === number ||
    word >>> (2 * BITS) === number
  );
}

/** With one more number; undefined when they are then too many. */
export function withNumber(word: number, number: number): number | undefined {
  if (isAmong(word, number)) return word;
  const numbers = unpacked(word);
  return numbers.length === FEW ? undefined : packed([...numbers, number].sort((a, b) => a - b));
}

function bitIn(number: number, index: number): number {
  return number >>> 5 === index ? 1 << (number & 31) : 0;
}

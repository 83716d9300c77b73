/**
 * A list of so many numbers, still to be set, with room for some more: one that grows number by number costs more
 * than filling it.
 */
export function numbersFor(length: number, spare = 0): number[] {
  // oxlint-disable-next-line unicorn/no-new-array -- `Array.from` visits every element
  const numbers = new Array<number>(length + spare);
  numbers.length = length;
  return numbers;
}

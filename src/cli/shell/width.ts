import type { OutputStream } from './context.ts';

const WIDTH_MIN = 40;

/** Columns a text for people should fit: a terminal's own; a pipe has no edge. */
export function widthOf({ isTTY, columns }: OutputStream): number {
  return isTTY === true ? Math.max(WIDTH_MIN, columns || 80) : Infinity;
}

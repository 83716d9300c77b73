import type { Environment } from '../../base/environment.ts';
import type { Colour, Paint } from '../../report/paint.ts';
import type { OutputStream } from './context.ts';

const CODES: Readonly<Record<Colour, readonly [number, number]>> = {
  green: [32, 39],
  red: [31, 39],
  yellow: [33, 39],
  dim: [2, 22],
  bold: [1, 22],
};

/** Flags beat `NO_COLOR` (no-color.org), it beats `FORCE_COLOR`, and without either a terminal decides. */
export function painter(stream: OutputStream, env: Environment, wantsColour = true): Paint {
  const isColoured = wantsColour && !env['NO_COLOR'] && (isForced(env) || stream.isTTY === true);
  return (colour, text) => {
    if (!isColoured) return text;
    const [open, close] = CODES[colour];
    return `\u001b[${open}m${text}\u001b[${close}m`;
  };
}

function isForced(env: Environment): boolean {
  return env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
}

const WIDTH_MIN = 40;

/** Columns a text for people should fit: a terminal's own; a pipe has no edge. */
export function widthOf({ isTTY, columns }: OutputStream): number {
  return isTTY === true ? Math.max(WIDTH_MIN, columns || 80) : Infinity;
}

import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { type Markup, trusted } from './markup.ts';

/** The widths every plot is drawn at; the style sheet shows the one that fits. */
const WIDTHS = { wide: 720, narrow: 350 } as const;

export type PlotWidth = keyof typeof WIDTHS;

/** The little of a DOM node that is needed here; the project compiles without the DOM's types. */
interface SvgNode {
  readonly outerHTML: string;
  setAttribute: (name: string, value: string) => void;
  querySelector: (selector: string) => { remove: () => void } | null;
}

/**
 * One plot in both widths. `options` gives the plot at one width; no option may need an id in the
 * page (clips, gradients), because two plots would share it.
 */
export function drawPlot(options: (width: PlotWidth) => Plot.PlotOptions): Markup {
  const { document } = parseHTML('<!doctype html><html></html>');
  const drawn = (['wide', 'narrow'] as const).map((width) => {
    const node = Plot.plot({
      document,
      className: 'chart',
      width: WIDTHS[width],
      marginBottom: 44,
      ...options(width),
      style: { fontSize: '12px' },
    }) as unknown as SvgNode;
    node.setAttribute('class', width);
    // The surrounding figure says it all in words.
    node.setAttribute('aria-hidden', 'true');
    node.querySelector('style')?.remove();
    return node.outerHTML.replaceAll(LONG_NUMBER, roundNumber);
  });
  return trusted(drawn.join(''));
}

/** Coordinates finer than a tenth of a pixel; text holds none, its figures are ticks and labels. */
const LONG_NUMBER = /(?<=[ ",(MLHVA-])\d+\.\d{3,}(?=[^<>]*>)/g;

function roundNumber(text: string): string {
  return String(Number(Number(text).toFixed(1)));
}

const SIZES = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** A count as `12k`; what is smaller as it is. */
export function countTick(value: number): string {
  const [size, unit] = SIZES.find(([least]) => value >= least) ?? [1, ''];
  return `${Number((value / size).toPrecision(3))}${unit}`;
}

/** 0..1 as `95 %`. */
export function percentTick(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/**
 * How the series of a plot are told apart: by colour, by dashes and by marker, so that none of them
 * is needed alone. The colours are the colour-blind-safe ones of Okabe and Ito, in two sets of enough
 * contrast for a light and a dark page; the style sheet defines them.
 */
export interface SeriesLook {
  colour: string;
  dash: string;
  symbol: 'circle' | 'square' | 'triangle' | 'diamond' | 'star' | 'cross';
}

const LOOKS: readonly SeriesLook[] = [
  { colour: 'var(--series-1)', dash: '7 3', symbol: 'square' },
  { colour: 'var(--series-2)', dash: '2 3', symbol: 'triangle' },
  { colour: 'var(--series-3)', dash: 'none', symbol: 'circle' },
  { colour: 'var(--series-4)', dash: '10 3 2 3', symbol: 'diamond' },
  { colour: 'var(--series-5)', dash: '4 4', symbol: 'star' },
  { colour: 'var(--series-6)', dash: '14 4', symbol: 'cross' },
];

/** The arms in their fixed order, so that an arm looks the same in every report. */
const ARMS = 'ABCDNP';
const SOLID = 2;

export function lookOfArm(arm: string): SeriesLook {
  const index = arm.length === 1 ? ARMS.indexOf(arm) : -1;
  return LOOKS[index === -1 ? SOLID : index]!;
}

/** Of a series that has no name known beforehand; from the seventh on they come again. */
export function lookAt(index: number): SeriesLook {
  return LOOKS[index % LOOKS.length]!;
}

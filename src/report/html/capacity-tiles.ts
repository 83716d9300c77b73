import { formatFigure } from '../../base/figures.ts';
import { rateText } from '../../capacity/text.ts';
import type { Between } from '../../capacity/result.ts';
import { curveName } from '../capacity-tables.ts';
import type { CapacityReport } from '../model.ts';
import type { Tile } from './tile.ts';

export function capacityTiles({ result }: CapacityReport): Tile[] {
  const { curves, gain, objectives } = result;
  const carried = curves.map((curve): Tile => ({
    name: ['Carried', curveName(curve)].filter(Boolean).join(', '),
    value: curve.held === null ? 'unknown' : rateText(curve.held),
    interval:
      curve.failed === null ? 'nothing higher failed' : `fails at ${rateText(curve.failed)}`,
    meaning: `Requests within ${objectives.join(' and ')}.`,
  }));
  if (gain === null) return carried;
  const { times, enginesSaved, moneySavedPerHour } = gain;
  return [
    tile('Carried, on ÷ off', times, 'Requests that the same engines carry with routing.'),
    ...carried,
    ...(enginesSaved === null
      ? []
      : [
          tile(
            'Engines saved',
            enginesSaved,
            'If without routing more engines carry more in proportion.',
          ),
        ]),
    ...(moneySavedPerHour === null
      ? []
      : [tile('Saved per hour', moneySavedPerHour, 'Engines saved by the price of one.')]),
  ];
}

function tile(name: string, { value, low, high }: Between, meaning: string): Tile {
  const ends =
    high === null
      ? `at least ${formatFigure(low)}`
      : `${formatFigure(low)} to ${formatFigure(high)}`;
  return { name, value: formatFigure(value), interval: `95 %: ${ends}`, meaning };
}

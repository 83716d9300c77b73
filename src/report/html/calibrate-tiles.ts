import { formatCount } from '../../base/figures.ts';
import type { CalibrateFigures } from '../../calibrate/result.ts';
import { formatShare } from '../../verify/result/format.ts';
import { METRIC_NAMES } from '../calibrate-tables.ts';
import type { Tile } from './tile.ts';

/** How far predictions were off, then how much is known. */
export function calibrateTiles({ errors, terms }: CalibrateFigures): Tile[] {
  const known = terms.filter(({ status }) => status === 'known' || status === 'rough').length;
  return [
    ...errors
      .filter(({ regime }) => regime === 'all')
      .map(({ metric, mape, requests }) => ({
        name: `Mean error, ${METRIC_NAMES[metric]}`,
        value: formatShare(mape),
        interval: '',
        meaning: `Of ${formatCount(requests)} requests that were not fitted.`,
      })),
    {
      name: 'Terms known',
      value: `${known} of ${terms.length}`,
      interval: '',
      meaning: 'The others keep what the base profile has.',
    },
  ];
}

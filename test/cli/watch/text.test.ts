import { expect, it } from 'vitest';
import { alertSentence, figureLines } from '../../../src/cli/watch/text.ts';
import type { Watcher } from '../../../src/watch/watcher.ts';

const engine = (id: string, isUp = true) => ({
  id,
  isUp,
  requests: 10,
  hitRate: isUp ? 0.5 : null,
  externalHitRate: null,
  requestShare: isUp ? 0.25 : null,
  ttftMeanS: isUp ? 0.0396 : null,
  events: null,
});
const FIGURES = {
  engines: [engine('engine-a'), engine('engine-b', false)],
  requests: 20,
  hitRate: 0.5,
  availableRate: null,
  externalHitRate: null,
};

it('puts what a window shows in a table', () => {
  expect(`\n${figureLines(FIGURES, Infinity).join('\n')}`).toBe(`
engine           prefix hits  second tier  requests   mean TTFT
engine-a         50.0 %       not known    25.0 %     39.6 ms
engine-b (down)  not known    not known    not known  not known
all              50.0 %       not known`);
});

it.each([50, 60])('fits it into %i columns, and breaks no figure', (width) => {
  const lines = figureLines(FIGURES, width);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
  expect(lines.join('\n')).toContain('39.6 ms');
});

it('names the alerts that hold, and where', () => {
  const alert = (id: string, subject: string) =>
    ({ row: { id }, subject }) as Watcher['active'][number];
  expect(alertSentence([alert('engine-down', 'engine-b')])).toBe(
    'An alert holds: engine-down at engine-b.',
  );
  expect(alertSentence([alert('hints-lost', ''), alert('hot-spot', 'a')])).toBe(
    '2 alerts hold: hints-lost, hot-spot at a.',
  );
});

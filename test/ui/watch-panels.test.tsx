import { render } from 'ink-testing-library';
import { describe, expect, it } from 'vitest';
import { WatchPanels, type WatchView } from '../../src/ui/watch-panels.tsx';

const plain = (_colour: string, text: string): string => text;

const engine = (id: string, isUp = true) => ({
  id,
  isUp,
  requests: 100,
  hitRate: 0.81,
  externalHitRate: null,
  requestShare: 0.5,
  ttftMeanS: 0.0213,
  events: null,
});

const VIEW: WatchView = {
  figures: {
    engines: [engine('engine-a'), { ...engine('engine-b'), hitRate: null, ttftMeanS: null }],
    requests: 200,
    hitRate: 0.81,
    externalHitRate: null,
    availableRate: null,
  },
  hitRates: [0, 0.25, 0.5, 0.75, 1],
  isLearning: true,
  ageMs: 2_400,
  alerts: [],
  events: [],
};

function frameOf(view: WatchView, columns: number, rows = 24): string[] {
  const panels = <WatchPanels view={view} columns={columns} rows={rows} paint={plain} />;
  const { lastFrame, unmount } = render(panels);
  const lines = lastFrame()!.split('\n');
  unmount();
  return lines;
}

describe('the board of a watch', () => {
  it('shows what is found, who serves and what is not known', () => {
    expect(frameOf(VIEW, 80).join('\n')).toMatchInlineSnapshot(`
      "kvcache watch  read 2 s ago · still learning what is usual
      prefix hits ▁▃▅▇█  81 %
      ✓ no alert holds
      engine    serves                                      found  mean TTFT
      engine-a  ████████████████░░░░░░░░░░░░░░░░  50 %       81 %    21.3 ms
      engine-b  ████████████████░░░░░░░░░░░░░░░░  50 %  not known  not known"
    `);
  });

  it('says that nothing was read, what is down, and what holds, and no terminal obeys it', () => {
    const alerts = [
      { id: 'engine-down', subject: 'e\u001b[31m', isInfo: false, evidence: 'no answer\u0007' },
    ];
    const figures = { ...VIEW.figures, hitRate: null, engines: [engine('\u001b[2Jx', false)] };
    const lines = frameOf({ ...VIEW, ageMs: null, figures, alerts, events: ['one', 'two'] }, 80);
    const text = lines.join('\n');
    // oxlint-disable-next-line no-control-regex -- none may be left
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(text).toContain('nothing read yet');
    expect(text).toContain('not known');
    expect(text).toContain('down');
    expect(lines.slice(-2)).toEqual(['two', 'one']);
  });

  it('does not say that no alert holds before anything was read', () => {
    expect(frameOf({ ...VIEW, ageMs: null }, 80).join('\n')).not.toContain('no alert');
  });

  it.each([60, 80, 120, 200])('fits %d columns, and a small terminal', (columns) => {
    const engines = Array.from({ length: 40 }, (_, at) => engine(`a-long-name-of-an-engine-${at}`));
    const lines = frameOf({ ...VIEW, figures: { ...VIEW.figures, engines } }, columns, 12);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(lines.length).toBeLessThan(12);
  });
});

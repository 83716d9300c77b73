import { describe, expect, it } from 'vitest';
import { wrap } from '../../src/report/layout.ts';

describe('wrapping', () => {
  it('leaves alone what fits, and everything where there is no edge', () => {
    expect(wrap('one two', 7)).toEqual(['one two']);
    expect(wrap('word '.repeat(100), Infinity)).toHaveLength(1);
  });

  it('goes on behind a label', () => {
    expect(wrap('request 1  served by engine-a, cached tokens unknown', 36)).toEqual([
      'request 1  served by engine-a,',
      '           cached tokens unknown',
    ]);
  });

  it('goes on a little deeper than an indented line', () => {
    expect(wrap('     expected a ≥ 1, got a = 0', 22)).toEqual([
      '     expected a ≥ 1,',
      '       got a = 0',
    ]);
  });

  it('breaks compact JSON behind its commas, so that it stays JSON', () => {
    const json = JSON.stringify({ first: 'a b', second: [1, 2, { deep: true }], third: 'c,d' });
    const lines = wrap(`engine A    ${json}`, 40);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(lines.length).toBeGreaterThan(1);
    expect(JSON.parse(lines.join('\n').replace('engine A', ''))).toEqual(JSON.parse(json));
  });

  it('counts no colours', () => {
    expect(wrap('\u001b[32mPASS\u001b[39m one two', 12)).toHaveLength(1);
  });

  it('keeps a path in one piece, on a line where it fits if there is one', () => {
    const path = '/tmp/a-rather-long-folder/controller.log';
    expect(wrap(`mock controller   ${path}`, 50)).toEqual(['mock controller', `  ${path}`]);
    expect(wrap(path, 20)).toEqual([path]);
  });
});

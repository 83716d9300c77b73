import { describe, expect, it } from 'vitest';
import { Surface } from '../../src/ui/surface.ts';
import { ReflowingTerminal } from './reflowing-terminal.ts';

const ABOVE = 'what stands above';

/** As ink draws: takes back the lines of the frame before, then writes this one. */
class Frames {
  readonly terminal: ReflowingTerminal;
  readonly #surface: Surface;
  #lines = 0;

  constructor(columns: number) {
    this.terminal = new ReflowingTerminal(columns);
    this.terminal.write(`${ABOVE}\n`);
    this.#surface = new Surface(this.terminal);
    this.#surface.on('resize', () => this.draw(['after']));
  }

  draw(lines: readonly string[]): void {
    const back = '\u001b[2K\u001b[1A'.repeat(Math.max(0, this.#lines - 1));
    const erased = this.#lines === 0 ? '' : `${back}\u001b[2K\u001b[G`;
    this.#surface.write(`${erased}${lines.join('\n')}\n`);
    this.#lines = lines.length + 1;
  }
}

describe('a live view on a terminal that changes its width', () => {
  it.each([
    ['narrower, so that lines are broken', 120, 70],
    ['much narrower', 120, 20],
    ['narrower, with room for all of it', 140, 125],
    ['wider', 80, 120],
  ])('leaves nothing of its last frame: %s', (_, before, after) => {
    const frames = new Frames(before);
    frames.draw(['head', 'x'.repeat(Math.min(before, 119)), 'y'.repeat(75), 'foot']);
    frames.terminal.resize(after);
    expect(frames.terminal.shown).toBe(`${ABOVE}\nafter`);
  });

  it('does not count the colours of a line', () => {
    const frames = new Frames(100);
    frames.draw([`\u001b[31m${'x'.repeat(65)}\u001b[39m`]);
    frames.terminal.resize(70);
    expect(frames.terminal.shown).toBe(`${ABOVE}\nafter`);
  });
});

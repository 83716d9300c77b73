import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyMemory } from '../../../src/gateway/policies/body-memory.ts';

const PATH = '/v1/chat/completions';

/** Finds a body's text, and counts how often it had to look. */
function reader() {
  const memory = new BodyMemory<string>();
  const looked: string[] = [];
  const read = (text: string, path = PATH): string =>
    memory.read(Buffer.from(text), path, (body) => {
      looked.push(text);
      return `${path} ${body.toString()}`;
    });
  return { read, looked };
}

describe('a body memory', () => {
  it('reads a body that comes again twice, then never', () => {
    const { read, looked } = reader();
    for (let time = 0; time < 5; time++) expect(read('the same')).toBe(`${PATH} the same`);
    expect(looked).toHaveLength(2);
  });

  it('takes no body for another, however alike they are', () => {
    const bodies = fc.constantFrom(
      ...['a', 'b'].flatMap((middle) => [
        `${'x'.repeat(3_000)}${middle}${'x'.repeat(3_000)}`,
        `${'x'.repeat(6_000)}${middle}`,
        middle,
      ]),
    );
    const paths = fc.constantFrom(PATH, '/v1/responses');
    fc.assert(
      fc.property(fc.array(fc.tuple(bodies, paths), { maxLength: 60 }), (requests) => {
        const { read } = reader();
        for (const [text, path] of requests) expect(read(text, path)).toBe(`${path} ${text}`);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps bytes of its own', () => {
    const memory = new BodyMemory<Buffer>();
    const buffer = Buffer.from('prompt');
    const find = (body: Buffer): Buffer => body;
    memory.read(buffer, PATH, find);
    const found = memory.read(buffer, PATH, find);
    buffer.write('PROMPT');
    expect(found.toString()).toBe('prompt');
    expect(memory.read(Buffer.from('prompt'), PATH, find)).toBe(found);
  });

  it('forgets what it was not asked for longest, by bytes', () => {
    const { read, looked } = reader();
    const long = (letter: string): string => letter.repeat(1024 * 1024);
    for (const letter of 'aabbccddeeffaa') read(long(letter));
    expect(looked.map((text) => text[0]).join('')).toBe('aabbccddeeffa');
    const { length } = looked;
    read(long('f'));
    expect(looked).toHaveLength(length);
  });

  it('does not keep what is longer than a prompt is likely to be', () => {
    const { read, looked } = reader();
    for (let time = 0; time < 4; time++) read('x'.repeat(1024 * 1024 + 1));
    expect(looked).toHaveLength(4);
  });
});

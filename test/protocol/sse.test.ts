import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sseData, SseParser } from '../../src/protocol/sse.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

function parseInPieces(stream: Buffer, cuts: readonly number[]): unknown[] {
  const parser = new SseParser();
  const edges = [...new Set([0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length])];
  edges.sort((a, b) => a - b);
  return edges.slice(1).flatMap((end, index) => parser.push(stream.subarray(edges[index], end)));
}

describe('SseParser', () => {
  it('reads data, type and id, and joins data lines', () => {
    const text = ': note\nevent: gap\nid: 7\ndata: one\ndata:two\n\ndata\n\ndata: lost';
    expect(new SseParser().push(bytes(text))).toEqual([
      { type: 'gap', data: 'one\ntwo', lastEventId: '7' },
      { type: 'message', data: '', lastEventId: '7' },
    ]);
  });

  it('gives the same events however the bytes are cut', () => {
    const text = '\ufeffdata: h\u00e9llo \u{1f600}\r\n\r\nid: x\rdata: a\r\rdata: [DONE]\n\n';
    const whole = parseInPieces(bytes(text), []);
    expect(whole).toHaveLength(3);
    fc.assert(
      fc.property(fc.array(fc.nat(80), { maxLength: 8 }), (cuts) => {
        expect(parseInPieces(bytes(text), cuts)).toEqual(whole);
      }),
    );
  });

  it.each([
    ['data: [DONE]', ['[DONE]']],
    ['data: a\n\ndata: [DONE]\n', ['[DONE]']],
    ['data: a\ndata: b', ['a\nb']],
    ['data: \u00e9', ['\u00e9']],
    ['data: a\n\n', []],
    [': comment', []],
    ['', []],
  ])('gives at the end what %j left behind', (text, expected) => {
    const parser = new SseParser();
    for (const byte of bytes(text)) parser.push(Buffer.from([byte]));
    expect(parser.end().map(({ data }) => data)).toEqual(expected);
    expect(parser.end()).toEqual([]);
  });

  it('reads what sseData writes', () => {
    expect(new SseParser().push(bytes(sseData('{"a":1}')))).toMatchObject([{ data: '{"a":1}' }]);
  });

  it('refuses an event without end', () => {
    const parser = new SseParser();
    const piece = bytes('x'.repeat(1024 * 1024));
    expect(() => {
      for (let index = 0; index < 6; index++) parser.push(piece);
    }).toThrow('larger than');
  });
});

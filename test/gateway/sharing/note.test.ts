import { describe, expect, it } from 'vitest';
import { decodeNote, encodeNote, type MemoryNote } from '../../../src/gateway/sharing/note.ts';

const NOTE: MemoryNote = {
  cluster: 'llm · 集群',
  endpoint: 'engine-a 10.0.0.7:8000',
  blockTokens: 16,
  low: Uint32Array.of(0, 1, 0xffff_ffff),
  high: Uint32Array.of(7, 0x8000_0000, 2),
};

describe('a note', () => {
  it('comes back as it went', () => {
    expect(decodeNote(encodeNote(NOTE))).toEqual(NOTE);
  });

  it('is none when it is cut anywhere, or longer than it says', () => {
    const bytes = encodeNote(NOTE);
    for (let end = 0; end < bytes.length; end++) {
      expect(decodeNote(bytes.subarray(0, end))).toBeUndefined();
    }
    expect(decodeNote(Buffer.concat([bytes, Buffer.of(0)]))).toBeUndefined();
  });

  it('is none when it claims more than any prompt has, or nothing', () => {
    const bytes = encodeNote(NOTE);
    for (const count of [0, 8_193, 0xffff_ffff]) {
      const wrong = Buffer.from(bytes);
      wrong.writeUInt32LE(count, 8);
      expect(decodeNote(wrong)).toBeUndefined();
    }
    const named = Buffer.from(bytes);
    named.writeUInt16LE(0xffff, 0);
    expect(decodeNote(named)).toBeUndefined();
  });
});

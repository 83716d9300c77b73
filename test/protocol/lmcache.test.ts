import { describe, expect, it } from 'vitest';
import { decodeLookup } from '../../src/protocol/lmcache.ts';

describe('layout_info', () => {
  it('decodes the arrays of the LMCache controller', () => {
    const answer = {
      event_id: 'Lookup1',
      layout_info: { a: ['LocalCPUBackend', 256], b: ['LocalDiskBackend', 512] },
    };
    expect(decodeLookup(answer)).toEqual({
      shape: 'array',
      holdings: [
        { instanceId: 'a', location: 'LocalCPUBackend', matchedTokens: 256 },
        { instanceId: 'b', location: 'LocalDiskBackend', matchedTokens: 512 },
      ],
    });
  });

  it("decodes the objects of Pixiu's sample", () => {
    const answer = { layout_info: { b: { '0': 'ram-b', '1': 8 } } };
    expect(decodeLookup(answer)).toEqual({
      shape: 'object',
      holdings: [{ instanceId: 'b', location: 'ram-b', matchedTokens: 8 }],
    });
  });

  it('takes an empty layout for an answer', () => {
    expect(decodeLookup({ layout_info: {} })).toEqual({ shape: 'none', holdings: [] });
  });

  it.each([
    {},
    null,
    { layout_info: [] },
    { layout_info: { a: 3 } },
    { layout_info: { a: ['x', -1] } },
    { layout_info: { a: ['x', 1.5] } },
    { layout_info: { a: ['x'] } },
    { layout_info: { a: [8, 'x'] } },
  ])('refuses %j', (answer) => {
    expect(decodeLookup(answer)).toBeUndefined();
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StopRule } from '../../../../mocks/engine/core/request.ts';
import { stoppedOutput } from '../../../../mocks/engine/core/stop.ts';
import type { PlannedOutput } from '../../../../mocks/engine/core/request.ts';

function planned(...pieces: string[]): PlannedOutput {
  const tokens = pieces.map((_, index) => 1_000 + index);
  return { tokens, pieces, text: pieces.join(''), finishReason: 'length', stopReason: null };
}

function rule(more: Partial<StopRule>): StopRule {
  return { strings: [], tokenIds: [], isIncluded: false, minTokens: 0, ...more };
}

const answer = planned('The', ' cat', ' sat', ' on', ' the', ' mat');

describe('stop rules (vllm/v1/engine/detokenizer.py)', () => {
  it('cut before the string and count the token that completes it', () => {
    const cut = stoppedOutput(answer, rule({ strings: ['t sa'] }));
    expect(cut).toMatchObject({ text: 'The ca', finishReason: 'stop', stopReason: 't sa' });
    expect(cut.tokens).toHaveLength(3);
  });

  it('keep the string when it is to be included', () => {
    const cut = stoppedOutput(answer, rule({ strings: ['t sa'], isIncluded: true }));
    expect(cut).toMatchObject({ text: 'The cat sa', pieces: ['The', ' cat', ' sa'] });
  });

  it('take the string that is completed first, and of one token the first in the list', () => {
    expect(stoppedOutput(answer, rule({ strings: ['mat', 'on'] })).stopReason).toBe('on');
    expect(stoppedOutput(answer, rule({ strings: ['at', 'cat'] })).stopReason).toBe('at');
  });

  it('end at a stop token, whose id is the reason and whose text stays out', () => {
    const cut = stoppedOutput(answer, rule({ tokenIds: [1_002] }));
    expect(cut).toMatchObject({ text: 'The cat', finishReason: 'stop', stopReason: 1_002 });
    expect(cut.tokens).toHaveLength(3);
    expect(stoppedOutput(answer, rule({ tokenIds: [1_002], isIncluded: true })).text).toBe(
      'The cat sat',
    );
  });

  it('do nothing before the least number of tokens', () => {
    const cut = stoppedOutput(answer, rule({ strings: ['at'], minTokens: 2 }));
    expect(cut.text).toBe('The cat s');
    expect(stoppedOutput(answer, rule({ tokenIds: [1_000], minTokens: 1 })).stopReason).toBeNull();
  });

  it('leave an answer that meets none of them, but hold back what could still be one', () => {
    const whole = stoppedOutput(answer, rule({ strings: ['nothing'] }));
    expect(whole).toMatchObject({ text: 'The cat sat on the mat', finishReason: 'length' });
    expect(whole.pieces).toEqual(['', 'T', 'he c', 'at ', 'sat ', 'on the mat']);
  });

  it('never send a character of the stop string, and send every one before it', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 12 }), text, (pieces, stop) => {
        const output = planned(...pieces);
        const cut = stoppedOutput(output, rule({ strings: [stop] }));
        const at = output.text.indexOf(stop);
        expect(cut.text).toBe(at < 0 ? output.text : output.text.slice(0, at));
        expect(cut.pieces.join('')).toBe(cut.text);
        expect(cut.pieces).toHaveLength(cut.tokens.length);
        expect(cut.stopReason).toBe(at < 0 ? null : stop);
      }),
    );
  });
});

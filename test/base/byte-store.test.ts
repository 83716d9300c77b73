import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ByteStore } from '../../src/base/byte-store.ts';

it('gives back what was added, in order, and begins again', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 4 }), (rounds) => {
      const store = new ByteStore();
      for (const round of rounds) {
        for (const piece of round) store.add(Buffer.from(piece));
        const whole = Buffer.concat(round);
        expect(store.length).toBe(whole.length);
        expect(store.take()).toEqual(whole);
        expect(store.length).toBe(0);
      }
    }),
  );
});

it('does not write into what it was given', () => {
  const shared = Buffer.from('abcdef');
  const store = new ByteStore();
  store.add(shared.subarray(0, 2));
  store.add(Buffer.from('xy'));
  expect(store.take().toString()).toBe('abxy');
  expect(shared.toString()).toBe('abcdef');
});

it('takes a whole piece as it is', () => {
  const piece = Buffer.from('abc');
  const store = new ByteStore();
  store.add(piece);
  expect(store.take()).toBe(piece);
});

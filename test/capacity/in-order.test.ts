import { expect, it } from 'vitest';
import { InOrder } from '../../src/capacity/in-order.ts';

it('hands on what comes in the order of its numbers, as soon as nothing before it is missing', () => {
  const taken: string[] = [];
  const inOrder = new InOrder<string>((it) => taken.push(it));
  inOrder.push(2, 'c');
  inOrder.push(0, 'a');
  expect(taken).toEqual(['a']);
  inOrder.push(1, 'b');
  expect(taken).toEqual(['a', 'b', 'c']);
});

import { expect, it } from 'vitest';
import { FailureTally } from '../../src/load/failure-tally.ts';
import { problemLine } from '../../src/load/problem.ts';
import { sample } from './samples.ts';

it('keeps what the first failure of each class said', () => {
  const tally = new FailureTally();
  tally.take(sample());
  tally.take(sample({ failure: 'http', status: 404, problem: 'no such model' }));
  tally.take(sample({ failure: 'stopped', problem: 'the end' }));
  tally.take(sample({ failure: 'connect', status: undefined, problem: 'ECONNREFUSED' }));
  tally.take(sample({ failure: 'http', status: 503, problem: 'busy' }));
  expect(tally.kinds).toEqual([
    { failure: 'http', count: 2, status: 404, problem: 'no such model' },
    { failure: 'connect', count: 1, status: undefined, problem: 'ECONNREFUSED' },
  ]);
});

it('makes one line that no terminal obeys of whatever a server says', () => {
  expect(problemLine(' a\r\n\tb\u001b[31m c\u202e d\u2028e  f ')).toBe('a b [31m c d e f');
  expect(problemLine('x'.repeat(1_000_000))).toBe(`${'x'.repeat(299)}…`);
});

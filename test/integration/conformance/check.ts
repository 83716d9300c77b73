/* oxlint-disable vitest/no-standalone-expect -- called from within the tests that read the tables */
import { expect } from 'vitest';
import { rawExchange, type RawResponse } from '../../helpers/raw-http.ts';
import type { Echo, HttpCase } from './case.ts';

/** Sends a case's bytes to a gateway and holds what comes back, and what the engine saw, against it. */
export async function checkCase(
  given: HttpCase,
  port: number,
  echoes: readonly Echo[],
): Promise<void> {
  const { responses, isClosed } = await rawExchange({
    port,
    pieces: typeof given.send === 'string' ? [given.send] : given.send,
    methods: given.methods ?? ['POST'],
    awaitsClose: given.closes === true,
    endsAfterSending: given.ends === true,
  });
  expect(responses.map(({ status }) => status)).toEqual(given.status);
  expect(isClosed).toBe(given.closes === true);
  if (given.engine === false) expect(echoes).toEqual([]);
  else given.engine?.(echoes);
  const last = responses.at(-1);
  if (last) checkLast(last, given);
}

function checkLast(last: RawResponse, given: HttpCase): void {
  for (const [name, value] of Object.entries(given.headers ?? {})) {
    const values = last.headers.filter(([it]) => it === name).map(([, it]) => it);
    expect(values.join('|')).toBe(value ?? '');
  }
  if (given.body !== undefined) expect(last.body).toBe(given.body);
  expect(last.trailers).toEqual(given.trailers ?? []);
  // What the gateway says itself has Pixiu's shape.
  if (given.engine === false && last.body !== '') {
    expect(JSON.parse(last.body)).toEqual({
      status: last.status,
      message: expect.any(String),
      error: expect.any(String),
    });
  }
}

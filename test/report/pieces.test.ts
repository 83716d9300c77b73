import { expect, it } from 'vitest';
import { printableJson } from '../../src/base/printable.ts';
import { type FormatName, formatOf } from '../../src/report/formats.ts';
import { PLAIN_LOOK } from '../../src/report/look.ts';
import { NO_SAMPLE, type Report } from '../../src/report/model.ts';
import { REPORTS } from './report-set.ts';

const ROWS = 20_000;
const long: Report = {
  ...REPORTS['load']!,
  samples: Array.from({ length: ROWS }, (_, at) => ({ ...NO_SAMPLE, id: String(at) })),
};

const piecesOf = async (format: FormatName): Promise<string[]> => [
  ...(await formatOf(format).load())(long, PLAIN_LOOK),
];

it.each(['json', 'ndjson', 'csv'] as const)(
  '%s comes in pieces, none as long as the whole',
  async (format) => {
    const pieces = await piecesOf(format);
    expect(pieces.length).toBeGreaterThan(10);
    expect(Math.max(...pieces.map((it) => it.length))).toBeLessThan(70_000);
  },
);

it('the pieces of JSON are the document', async () => {
  expect((await piecesOf('json')).join('')).toBe(`${printableJson(long)}\n`);
});

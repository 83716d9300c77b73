import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanElements, scanMembers } from '../../src/protocol/json-scan.ts';

const membersOf = (text: string): Record<string, unknown> | undefined => {
  const body = Buffer.from(text);
  const members = scanMembers(body);
  return (
    members &&
    Object.fromEntries(
      members.map(({ key, valueStart, valueEnd }) => [
        key,
        JSON.parse(body.toString('utf8', valueStart, valueEnd)) as unknown,
      ]),
    )
  );
};

describe('scanning a JSON object', () => {
  it('finds the members of any object, however it is spaced', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().filter((key) => key !== '__proto__'),
          fc.jsonValue(),
        ),
        fc.constantFrom(0, 1, 4),
        (value, indent) => {
          const plain = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
          expect(membersOf(JSON.stringify(value, null, indent))).toEqual(plain);
        },
      ),
    );
  });

  it('finds the elements of any array', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(0, 2), (values, indent) => {
        const body = Buffer.from(JSON.stringify(values, null, indent));
        const found = scanElements(body, 0).map(
          ({ start, end }) => JSON.parse(body.toString('utf8', start, end)) as unknown,
        );
        expect(found).toEqual(JSON.parse(JSON.stringify(values)));
      }),
    );
  });

  it.each(['', '[1]', '"text"', '{"a":1} trailing', '{"a"', '{"a":', '{"a":1', '{"a" 1}', '{a:1}'])(
    'rejects %j',
    (text) => {
      expect(scanMembers(Buffer.from(text))).toBeUndefined();
    },
  );

  it('ends on any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const json = Buffer.from(bytes);
        const ends = [
          ...(scanMembers(json) ?? []).map(({ valueEnd }) => valueEnd),
          ...scanElements(json, 0).map(({ end }) => end),
        ];
        expect(Math.max(0, ...ends)).toBeLessThanOrEqual(json.length);
      }),
    );
  });
});

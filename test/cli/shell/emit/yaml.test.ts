import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { asciiJson } from '../../../../src/cli/shell/emit/emission.ts';
import { type Plain, yamlOf } from '../../../../src/cli/shell/emit/yaml.ts';
import { TORTURE } from './emissions.ts';

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom(...TORTURE));
const scalar = fc.oneof(text, fc.integer(), fc.boolean());
const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }),
  ),
})).value as fc.Arbitrary<Plain>;

describe('plain data as YAML', () => {
  it.each(['1.1', '1.2'] as const)('reads back as it was by YAML %s', (version) => {
    fc.assert(
      fc.property(fc.dictionary(text, plain, { maxKeys: 3 }), (value) => {
        const written = yamlOf(value);
        expect(parse(written, { version, uniqueKeys: true })).toEqual({ ...value });
        expect(written).toMatch(/^[\n\u0020-\u007e]*$/);
      }),
      { numRuns: 100 },
    );
  });
});

describe('JSON in ASCII', () => {
  it.each(TORTURE)('is one line that says %j', (value) => {
    const written = asciiJson({ value });
    expect(written).toMatch(/^[\u0020-\u007e]*$/);
    expect(JSON.parse(written)).toEqual({ value });
    expect(parse(written, { version: '1.1' })).toEqual({ value });
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { examineGatewayConfig } from '../../src/config/load.ts';
import { maskSecrets } from '../../src/config/mask.ts';
import { ROOT } from '../helpers/exec.ts';

const TEXT = readFileSync(join(ROOT, 'fixtures/config/valid/every-key.yaml'), 'utf8');
const LINES = TEXT.split('\n');

/** The whole file with one line gone, doubled, cut or replaced. */
const damaged = fc
  .record({
    at: fc.nat(LINES.length - 1),
    by: fc.oneof(
      fc.constant(''),
      fc.constantFrom(
        '- ',
        '  a: *b',
        '? x',
        '!!set {}',
        '<<: 1',
        '__proto__: {}',
        'id: [',
        'x: "',
      ),
      fc.string(),
    ),
    isKept: fc.boolean(),
  })
  .map(({ at, by, isKept }) =>
    [...LINES.slice(0, at), by, ...LINES.slice(isKept ? at : at + 1)].join('\n'),
  );

it('damaged and foreign files give issues, never an exception', () => {
  const outcome = fc.check(
    fc.property(fc.oneof(damaged, fc.string(), fc.string({ unit: 'binary' })), (text) => {
      const { config, issues } = examineGatewayConfig({ text, file: 'x.yaml' });
      maskSecrets(text, {});
      return config !== undefined || issues.some(({ severity }) => severity === 'error');
    }),
    { numRuns: 120, seed: 1 },
  );
  expect(outcome.counterexample).toBeNull();
});

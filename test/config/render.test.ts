import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KvcacheError } from '../../src/base/errors.ts';
import { renderTemplate, type Variables } from '../../src/config/render.ts';
import { parseYamlSource } from '../../src/config/yaml-source.ts';

function render(text: string, variables: Variables = {}): string {
  return renderTemplate({ text, file: 't.yaml' }, variables).text;
}

/** Undefined when refused in the way that is expected; everything else goes up. */
function renderedOrRefused(text: string, variables: Variables): string | undefined {
  try {
    return render(text, variables);
  } catch (error) {
    if (error instanceof KvcacheError) return undefined;
    throw error;
  }
}

function failure(text: string, variables: Variables = {}): KvcacheError {
  try {
    render(text, variables);
  } catch (error) {
    if (error instanceof KvcacheError) return error;
  }
  throw new Error('rendered without an error');
}

describe('variables', () => {
  it.each([
    ['a: ${X}', { X: '1' }, 'a: 1'],
    ['a: ${X:-7}', {}, 'a: 7'],
    ['a: ${X:-7}', { X: '1' }, 'a: 1'],
    ['a: ${X:-7}', { X: ' ' }, 'a: 7'],
    ['a: "${X:-}"', {}, 'a: ""'],
    ['a: ${X:?say it}', { X: '1' }, 'a: 1'],
    ['a: $$X and $${X}', { X: '1' }, 'a: $X and ${X}'],
    ['a: $X', { X: '1' }, 'a: $X'],
    ['# ${UNSET}\na: 1', {}, '# ${UNSET}\na: 1'],
    ['${K}: [${A}, "${B}"]', { K: 'k', A: '1', B: 'x: y # z' }, 'k: [1, "x: y # z"]'],
  ])('%j with %j', (text, variables, expected) => {
    expect(render(text, variables as Variables)).toBe(expected);
  });

  it('that are unset are all named at once, each with its place', () => {
    const error = failure('a: ${ONE}\nb: 1\nc: [x, "${TWO:?ask your admin}"]', { ONE: '' });
    expect([error.kind, error.code, error.where]).toEqual([
      'usage',
      'TEMPLATE_INVALID',
      't.yaml:1:4',
    ]);
    expect(error.details).toEqual([
      't.yaml:1:4 ONE is not set.',
      't.yaml:3:9 TWO is not set: ask your admin',
    ]);
  });

  it.each(['a: ${', 'a: ${1X}', 'a: ${X', 'a: ${X-y}', 'a: ${}', 'a: ${X:-${Y}}'])(
    '%j is refused',
    (text) => {
      expect(failure(text, { X: '1' }).details[0]).toContain('t.yaml:1:4');
    },
  );
});

describe('values stay text', () => {
  it.each([
    ['a: "${X}"', 'say "hi"'],
    ['a: "${X}"', 'back\\slash'],
    ["a: '${X}'", "it's"],
    ['a: ${X}', 'one # two'],
    ['a: ${X}', 'k: v'],
    ['a: ${X}', '[1, 2]'],
    ['a: ${X}', '*alias'],
    ['a: ${X}', 'two\nlines'],
    ['a: "${X}"', 'two\nlines'],
    ['aaaa: x\n${X}: 1', 'aaaa'],
  ])('%j does not take %j', (text, value) => {
    const error = failure(text, { X: value });
    expect(error.code).toBe('TEMPLATE_INVALID');
    expect(error.details.join()).toMatch(/^t\.yaml:\d:\d The value of X/);
    expect(JSON.stringify(error)).not.toContain(JSON.stringify(value).slice(1, -1));
  });

  it('or are refused, whatever they hold', () => {
    const frames = ['a: ${X}\nb: 1', 'a: "${X}"\nb: 1', "a: ['${X}', 2]\nb: 1", 'a: {c: ${X}}'];
    const outcome = fc.check(
      fc.property(fc.constantFrom(...frames), fc.string({ minLength: 1 }), (frame, value) => {
        fc.pre(value.trim() !== '');
        const text = renderedOrRefused(frame, { X: value });
        if (text === undefined) return true;
        const { root, issues } = parseYamlSource({ text, file: 't.yaml' });
        return issues.length === 0 && JSON.stringify(root).includes(JSON.stringify(value));
      }),
      { seed: 1 },
    );
    expect(outcome.counterexample).toBeNull();
  });
});

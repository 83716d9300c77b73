import { describe, expect, it } from 'vitest';
import { callProgram } from '../helpers/call-program.ts';
import { examplesOf, timeless } from '../helpers/documents.ts';
import { ROOT } from '../helpers/exec.ts';

const examples = examplesOf('docs/guides/capacity.md');

describe('the guide to capacity', () => {
  it.each(examples)('shows what its example prints', async ({ args, output }) => {
    const { exitCode, stdout, stderr } = await callProgram(args, ROOT, 200_000);
    expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, '']);
    expect(timeless(stdout)).toBe(timeless(output));
  });

  it('is looked at', () => {
    expect(examples).toHaveLength(1);
  });
});

import { basename, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SOURCES, sourceFiles } from './source-tree.ts';

/** Suites that judge several rooms at once, the house itself, or what tests share. */
const APART = /^test\/(integration|e2e|long|interop|browser|docs|house|helpers)\//;

const mirrored = (source: string): string => source.replace(/^src\//, '').replace(/\.tsx?$/, '');
const sources = SOURCES.map(mirrored);
const tests = sourceFiles('test')
  .filter((file) => /\.test\.tsx?$/.test(file) && !APART.test(file))
  .map((file) => file.replace(/^test\//, '').replace(/\.test\.tsx?$/, ''));

describe('the tree of tests', () => {
  it('has a test in the folder of what it tests', () => {
    const folders = new Set(sources.map((source) => dirname(source)));
    expect(tests.filter((test) => !folders.has(dirname(test)))).toEqual([]);
  });

  it('has a test that is called as one source file beside the mirror of it', () => {
    const misplaced = tests.filter((test) => {
      const namesakes = sources.filter((source) => basename(source) === basename(test));
      return namesakes.length === 1 && namesakes[0] !== test;
    });
    expect(misplaced).toEqual([]);
  });
});

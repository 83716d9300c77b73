import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documents, read } from '../helpers/documents.ts';
import { ROOT } from '../helpers/exec.ts';

interface Link {
  /** From the root; empty for the page itself. */
  target: string;
  anchor: string;
}

function linksOf(file: string): Link[] {
  return [...read(file).matchAll(/\]\(([^)#\s]*)(?:#([^)]*))?\)/g)]
    .map(([, target, anchor]) => ({ target: target!, anchor: anchor ?? '' }))
    .filter(({ target }) => !/^\w+:/.test(target))
    .map(({ target, anchor }) => ({
      target: target === '' ? file : normalize(join(dirname(file), target)),
      anchor,
    }));
}

/** As GitHub names headings. */
function anchorsOf(file: string): Set<string> {
  const headings = read(file).matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, text]) =>
      text!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

describe('links of the documents', () => {
  it.each(documents)('of %s lead somewhere', (file) => {
    const dead = linksOf(file)
      .filter(({ target, anchor }) => {
        if (!existsSync(join(ROOT, target))) return true;
        return anchor !== '' && target.endsWith('.md') && !anchorsOf(target).has(anchor);
      })
      .map(({ target, anchor }) => `${target}#${anchor}`);
    expect(dead).toEqual([]);
  });

  it('lead from the index to every page', () => {
    const index = linksOf('docs/README.md').map(({ target }) => target);
    const pages = documents.filter((file) => /^docs\/(?!README)/.test(file));
    expect(pages.filter((file) => !index.includes(file))).toEqual([]);
  });
});

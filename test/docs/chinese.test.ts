import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documents, read } from '../helpers/documents.ts';

const chinese = documents.filter((file) => file.endsWith('_zh.md'));
const englishOf = (file: string): string => file.replace('_zh.md', '.md');

/** Commands, code, links and headings: all that must not differ between languages, in any order. */
function fixedPartsOf(file: string): string[] {
  const name = basename(file).replace(/(?:_zh)?\.md$/, '');
  const own = [`](${name}.md)`, `](${name}_zh.md)`];
  return (
    [...read(file).matchAll(/```[^]*?```|`[^`\n]+`|\]\([^)]+\)|^#+ /gm)]
      .map(([part]) => part)
      // Each page links to the other.
      .filter((part) => !own.includes(part))
      // A page that there is in Chinese is linked in Chinese, its headings are, too.
      .map((part) => part.replace(/^(\]\([^)#]+?)(?:_zh)?\.md(?:#[^)]*)?\)$/, '$1.md)'))
      .toSorted()
  );
}

describe('Chinese pages', () => {
  it('are there of every guide', () => {
    const guides = documents.filter((file) => /^docs\/guides\/(?!.*_zh)/.test(file));
    expect(chinese.map(englishOf)).toEqual(expect.arrayContaining(guides));
    expect(guides.length).toBeGreaterThan(10);
  });

  it.each(chinese)('%s says what the English one says', (file) => {
    expect(fixedPartsOf(file)).toEqual(fixedPartsOf(englishOf(file)));
  });

  it.each(chinese)('%s is linked from the English one', (file) => {
    expect(read(englishOf(file))).toContain(`[中文](${basename(file)})`);
  });

  it.each(chinese)('%s links to Chinese pages where there are any', (file) => {
    const links = [...read(file).matchAll(/\]\(([^)#]+\.md)(?:#[^)]*)?\)/g)].map(([, target]) =>
      join(dirname(file), target!),
    );
    const missed = links.filter(
      (page) => page !== englishOf(file) && chinese.includes(page.replace('.md', '_zh.md')),
    );
    expect(missed).toEqual([]);
  });
});

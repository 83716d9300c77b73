import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleVerifyReport } from '../report/sample-reports.ts';
import { browserOf, CHROMIUM_MISSING, faintest, overflowOf, smallestText } from './chromium.ts';
import { KINDS, writePages } from './pages.ts';

/** Screenshots for people go here when it is set. */
const SHOTS = process.env['KVCACHE_SCREENSHOTS'];
const WIDTHS = [390, 1024, 1600] as const;
const SCHEMES = ['light', 'dark'] as const;
type Scheme = (typeof SCHEMES)[number];

describe.skipIf(CHROMIUM_MISSING !== '')(`HTML report in Chromium${CHROMIUM_MISSING}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'kvcache-html-'));
  const report = sampleVerifyReport();
  let files: Record<string, string>;
  let browser: Browser;

  beforeAll(async () => {
    files = await writePages(folder);
    browser = await browserOf();
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  interface Visit {
    page: Page;
    /** Requests but for the file itself, console errors and uncaught exceptions. */
    trouble: string[];
  }

  async function visit(
    file: string,
    { width = 1024, colorScheme = 'light' }: { width?: number; colorScheme?: Scheme } = {},
  ): Promise<Visit> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const trouble: string[] = [];
    const url = pathToFileURL(file).href;
    page.on('console', (it) => trouble.push(`console ${it.type()}: ${it.text()}`));
    page.on('pageerror', (it) => trouble.push(`exception: ${it.message}`));
    page.on('request', (it) => {
      if (it.url() !== url && !it.url().startsWith('data:')) trouble.push(`request ${it.url()}`);
    });
    await page.goto(url);
    return { page, trouble };
  }

  for (const kind of KINDS) {
    for (const width of WIDTHS) {
      for (const colorScheme of SCHEMES) {
        it(`${kind} at ${width} px, ${colorScheme}: loads quietly and fits`, async () => {
          const { page, trouble } = await visit(files[kind]!, { width, colorScheme });
          if (SHOTS) {
            const path = join(SHOTS, `${kind}-${width}-${colorScheme}.png`);
            await page.screenshot({ path, fullPage: true });
          }
          expect(trouble).toEqual([]);
          expect(await overflowOf(page)).toBe(0);
          expect(await smallestText(page)).toBeGreaterThanOrEqual(10);
          expect(await faintest(page)).toBeGreaterThanOrEqual(4.5);
          await page.close();
        });
      }
    }
  }

  it('shows each plot once, with its marks', async () => {
    const { page } = await visit(files['verify']!);
    const arms = report.result.arms.length;
    for (const [selector, count] of [
      ['#distribution-ttft .curve path', arms],
      ['#distribution-latency .curve path', arms],
      ['#paired .pair circle', 3 * report.result.arms[0]!.blocks],
      [
        '#funnel .stage rect',
        report.result.funnel!.stages.filter((it) => it.tokens !== null).length,
      ],
    ] as const) {
      const visible = page.locator(selector).and(page.locator(':visible'));
      expect([selector, await visible.count()]).toEqual([selector, count]);
    }
    await page.close();
  });

  it('speaks to a screen reader', async () => {
    const { page } = await visit(files['verify']!);
    for (const role of ['banner', 'navigation', 'main', 'contentinfo'] as const) {
      expect([role, await page.getByRole(role).count()]).toEqual([role, 1]);
    }
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toMatch(/Routing/);
    for (const image of await page.getByRole('img').all()) {
      expect((await image.getAttribute('aria-label'))!.length).toBeGreaterThan(30);
    }
    expect(await page.getByRole('img').count()).toBe(await page.locator('.plot').count());
    expect(await page.getByRole('table', { name: /^Checks/ }).count()).toBe(1);
    await page.close();
  });

  it('is usable with the keyboard alone', async () => {
    const { page } = await visit(files['verify']!);
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the report');
    await page.keyboard.press('Enter');
    expect(new URL(page.url()).hash).toBe('#main');
    const summary = page.locator('#distribution-ttft summary');
    await tabTo(page, 'The figures behind “Time to first token, distribution”');
    await page.keyboard.press('Enter');
    expect(await page.locator('#distribution-ttft details').getAttribute('open')).toBe('');
    await page.keyboard.press('Tab');
    expect(await summary.evaluate('document.activeElement.getAttribute("role")')).toBe('region');
    await page.close();
  });

  it('saves every sample', async () => {
    const { page, trouble } = await visit(files['verify']!);
    const [json] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save the report as JSON' }).click(),
    ]);
    const saved = JSON.parse(await textOf(await json.createReadStream())) as typeof report;
    expect(saved.samples).toHaveLength(report.samples.length);
    expect(Object.keys(saved.samples[0]!)).toEqual(Object.keys(report.samples[0]!));
    expect(saved.samples[0]!.servedBy).toBe(report.samples[0]!.servedBy);
    const [csv] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save the samples as CSV' }).click(),
    ]);
    const lines = (await textOf(await csv.createReadStream())).trim().split('\n');
    expect(lines).toHaveLength(report.samples.length + 1);
    expect(trouble).toEqual([]);
    await page.close();
  });

  it.each(KINDS)('prints a %s report on six pages at most', async (name) => {
    const { page } = await visit(files[name]!);
    await page.emulateMedia({ media: 'print' });
    for (const it of await page.locator('#problems, #checks').all()) {
      expect(await it.isVisible()).toBe(true);
    }
    expect(await page.locator('details').first().isVisible()).toBe(false);
    const pdf = await page.pdf({ format: 'A4' });
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)!;
    expect(pages.length).toBeLessThanOrEqual(6);
    await page.close();
  });

  it('prints a fold that its reader has opened', async () => {
    const { page } = await visit(files['verify']!);
    await page.locator('#distribution-ttft summary').click();
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('#distribution-ttft details').isVisible()).toBe(true);
    expect(await page.locator('#distribution-latency details').isVisible()).toBe(false);
    await page.close();
  });

  it('opens with 10,000 samples in less than a second', async () => {
    const { page, trouble } = await visit(files['large']!);
    const loadMs = await page.evaluate(
      'performance.getEntriesByType("navigation")[0].loadEventEnd',
    );
    expect(loadMs).toBeGreaterThan(0);
    expect(loadMs).toBeLessThan(1_000);
    expect(trouble).toEqual([]);
    await page.close();
  });
});

function focused(page: Page): Promise<unknown> {
  return page.evaluate('document.activeElement.textContent.trim()');
}

async function tabTo(page: Page, text: string): Promise<void> {
  for (let presses = 0; presses < 200; presses++) {
    await page.keyboard.press('Tab');
    if ((await focused(page)) === text) return;
  }
  throw new Error(`No number of tabs reaches "${text}".`);
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

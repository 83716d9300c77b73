import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

/** Why nothing can be looked at; empty when it can. */
export const CHROMIUM_MISSING = existsSync(CHROMIUM)
  ? ''
  : ` (skipped: no Chromium at ${CHROMIUM}; install one or set CHROMIUM_PATH)`;

export function browserOf(): Promise<Browser> {
  // Chromium's own sandbox needs rights that a container's root user does not have.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: CHROMIUM, args });
}

/** Pixels by which a page is wider than its window, or what is in an element than the element. */
export function overflowOf(page: Page, selector = 'html'): Promise<number> {
  return page.evaluate(`(() => {
    const it = document.querySelector('${selector}');
    return it.scrollWidth - it.clientWidth;
  })()`);
}

/** Smallest visible text in CSS pixels, plots scaled as they are shown. */
export function smallestText(page: Page): Promise<number> {
  return page.evaluate(`(() => {
    const sizes = [...document.querySelectorAll('body *')]
      .filter((it) => it.checkVisibility() && [...it.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== '') && !/SCRIPT|STYLE/.test(it.tagName))
      .map((it) => {
        const svg = it.closest('svg');
        const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
        return parseFloat(getComputedStyle(it).fontSize) * scale;
      });
    return Math.min(...sizes);
  })()`);
}

/** Lowest contrast (WCAG 2) of visible text against the nearest background. */
export function faintest(page: Page): Promise<number> {
  return page.evaluate(`(() => {
    const parse = (text) => text.match(/[\\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => [r, g, b].map((it) => it / 255)
      .map((it) => (it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4))
      .reduce((sum, it, at) => sum + it * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = (node) => {
      for (let it = node; it; it = it.parentElement) {
        const colour = parse(getComputedStyle(it).backgroundColor);
        if (colour[3] !== 0) return colour;
      }
      return [255, 255, 255];
    };
    const ratios = [...document.querySelectorAll('body *')]
      .filter((it) => it.checkVisibility() && [...it.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== ''))
      .map((it) => {
        const style = getComputedStyle(it);
        const ink = parse(it.closest('svg') ? (style.fill === 'none' ? style.color : style.fill) : style.color);
        const [high, low] = [luminance(ink), luminance(behind(it))].sort((a, b) => b - a);
        return (high + 0.05) / (low + 0.05);
      });
    return Math.min(...ratios);
  })()`);
}

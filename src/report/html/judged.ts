import { judgedFacts } from '../judged.ts';
import type { Report } from '../model.ts';
import { type Content, markup, unbroken } from './markup.ts';

/** What was judged, above everything else; nothing but for a verification. */
export function judgedList(report: Report): Content {
  const facts = judgedFacts(report);
  if (facts.length === 0) return null;
  return markup`<dl class="judged" aria-label="What was judged">
    ${facts.map(
      ({ name, text, isLoud }) =>
        markup`<div class="${isLoud ? 'loud' : 'said'}">
          <dt>${name}</dt>
          <dd>${unbroken(text)}</dd>
        </div>`,
    )}
  </dl>`;
}

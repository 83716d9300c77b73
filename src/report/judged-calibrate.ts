import { formatCount } from '../base/figures.ts';
import { type JudgedFact, quiet } from './judged-fact.ts';
import type { CalibrateReport } from './model.ts';

/** Whose times were fitted, and how far they reach. */
export function calibrateFacts({ result }: CalibrateReport): JudgedFact[] {
  const { source, engine, model, seen, counts, base } = result;
  return [
    quiet('times of', engine === null ? source : `${engine}, ${source}`),
    ...(model === null ? [] : [quiet('model', model)]),
    quiet('requests', formatCount(counts.requests)),
    ...(seen === null
      ? []
      : [
          quiet(
            'seen',
            `prompts of ${formatCount(seen.promptTokensMin)} to ${formatCount(seen.promptTokensMax)} tokens, up to ${formatCount(seen.batchMax)} decoding at once`,
          ),
        ]),
    quiet('base', `${base}, where nothing is known`),
  ];
}

import { formatDuration } from '../../base/duration.ts';
import { formatCount } from '../../base/figures.ts';
import type { BreakRecord } from '../result.ts';
import type { Break } from './break-finder.ts';

/** @param lostMs what it takes an engine; undefined without a profile */
export function breakRecord(found: Break, lostMs?: number): BreakRecord {
  const { request, continues, culprit, place, values, around } = found;
  return {
    request: request.number,
    file: request.file,
    line: request.line,
    continues: continues.number,
    continuesLine: continues.line,
    culprit: culprit.id,
    rule: culprit.rule,
    path: place.path,
    place: place.label,
    character: place.character,
    firstToken: found.firstToken,
    tokens: found.tokens,
    lostTokens: found.lostTokens,
    ...(lostMs !== undefined && { lostMs }),
    was: values?.was ?? null,
    is: values?.is ?? null,
    textWas: around?.was ?? null,
    textIs: around?.is ?? null,
    sentence: sentenceOf(found, lostMs),
  };
}

/** What an author of prompts understands. */
function sentenceOf({ request, continues, ...found }: Break, lostMs?: number): string {
  const { culprit, place, values, lostTokens, tokens } = found;
  const at = place.character === null ? 'at' : `at character ${formatCount(place.character)} of`;
  const change = values === null ? '' : ` (${shortened(values.was)} → ${shortened(values.is)})`;
  return (
    `request ${request.number} could have continued request ${continues.number}; ` +
    `${at} ${place.label} ${culprit.said}${change}; ` +
    `${formatCount(lostTokens)} of ${formatCount(tokens)} tokens lost` +
    (lostMs === undefined ? '' : `, ${formatDuration(lostMs)} of an engine`)
  );
}

const SHOWN_MAX = 60;

function shortened(text: string): string {
  if (text === '') return 'none';
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

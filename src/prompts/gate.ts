import { formatCount } from '../base/figures.ts';
import { sumOf } from '../base/lists.ts';
import { type Check, settled } from '../base/outcome.ts';
import type { CulpritSum, PromptsResult } from './result.ts';

/** What a gate asks of the prompts of a file. */
export interface GateDemands {
  /** Tokens per block for which the shares are compared; null: to the token. */
  blockSize: number | null;
  /** Share of all prompt tokens that must be reusable. */
  minReuse: number | undefined;
  /** Breaks allowed, by culprit or `any`. */
  maxBreaks: readonly BreakLimit[];
  /** What the prompts were before. */
  baseline: PromptsResult | undefined;
}

export interface BreakLimit {
  /** Id of a culprit, or `any`. */
  culprit: string;
  /** Of requests, or of all prompt tokens. */
  unit: 'breaks' | 'share';
  most: number;
}

/** A drop that small comes with any longer prompt. */
const DROP_MAX = 0.005;

/** The checks of a gate, in the order of its demands. */
export function gateChecks(result: PromptsResult, demands: GateDemands): Check[] {
  const { minReuse, baseline, maxBreaks } = demands;
  return [
    ...(minReuse === undefined ? [] : [reuseCheck(result, minReuse, demands)]),
    ...(baseline === undefined ? [] : [baselineCheck(result, baseline, demands)]),
    ...maxBreaks.map((limit) => breakCheck(result, limit)),
  ];
}

function reuseCheck(result: PromptsResult, minReuse: number, { blockSize }: GateDemands): Check {
  const found = reuseIn(result, blockSize);
  const isKnown = found !== undefined && result.requests > 1;
  return settled({
    id: 'min-reuse',
    claim: `Enough of the prompts can be reused, ${blocksText(blockSize)}.`,
    outcome: isKnown ? atLeast(found, minReuse) : 'inconclusive',
    expected: `at least ${percent(minReuse)} of the prompt tokens`,
    actual: shown(found),
    evidence: [
      `${result.requests} requests, ${formatCount(result.promptTokens)} tokens`,
      worstText(result),
    ],
    remedy: isKnown
      ? remedyOf(result)
      : 'Give at least two requests, whose sharing the file tells.',
  });
}

function baselineCheck(
  result: PromptsResult,
  baseline: PromptsResult,
  { blockSize }: GateDemands,
): Check {
  const [before, after] = [reuseIn(baseline, blockSize), reuseIn(result, blockSize)];
  const isSame = baseline.tokenizer.name === result.tokenizer.name;
  const isKnown = before && after && isSame && result.requests > 1;
  return settled({
    id: 'baseline',
    claim: `No less can be reused than before, ${blocksText(blockSize)}.`,
    outcome: isKnown
      ? atLeast({ share: after.share, error: after.error + before.error }, before.share - DROP_MAX)
      : 'inconclusive',
    expected: `${before ? shown(before) : 'a known share'}, or up to ${DROP_MAX * 100} points less`,
    actual: shown(after),
    evidence: [
      `before: ${baseline.requests} requests of ${baseline.source}; now: ${result.requests}`,
      !isSame && `tokens by ${baseline.tokenizer.name} before, by ${result.tokenizer.name} now`,
      worstText(result),
    ],
    remedy: isKnown ? remedyOf(result) : 'Compare files that the same tokenizer counted.',
  });
}

function breakCheck({ breaks, promptTokens }: PromptsResult, limit: BreakLimit): Check {
  const { culprit, unit, most } = limit;
  const id = `max-break-${culprit}`;
  const claim = `Breaks ${culprit === 'any' ? 'of any kind' : `by ${culprit}`} are as few as allowed.`;
  const show = unit === 'share' ? percent : String;
  const expected = `at most ${show(most)}${unit === 'share' ? ' of the prompt tokens lost' : ' requests'}`;
  if (breaks === null) {
    const remedy = 'Give request bodies.';
    const evidence = 'The file has no text.';
    return { id, claim, expected, outcome: 'inconclusive', actual: 'not known', evidence, remedy };
  }
  const sums = breaks.byCulprit.filter((it) => culprit === 'any' || it.culprit === culprit);
  const actual =
    unit === 'share'
      ? sumOf(sums, (it) => it.lostTokens) / promptTokens
      : sumOf(sums, (it) => it.breaks);
  const [worst] = sums;
  return settled({
    id,
    claim,
    expected,
    outcome: actual <= most ? 'pass' : 'fail',
    actual: show(actual),
    evidence: worst?.example.sentence ?? 'none',
    remedy: worst?.remedy ?? '',
  });
}

interface KnownReuse {
  share: number;
  /** Either way. */
  error: number;
}

/** By all of the interval, where the share was estimated. */
function atLeast({ share, error }: KnownReuse, least: number): 'pass' | 'fail' | 'inconclusive' {
  if (share - error >= least) return 'pass';
  return share + error < least ? 'fail' : 'inconclusive';
}

/** Undefined where the file does not tell. */
function reuseIn({ reuse }: PromptsResult, blockSize: number | null): KnownReuse | undefined {
  const found = reuse.find((it) => it.blockSize === blockSize);
  if (found === undefined || found.share === null) return undefined;
  return { share: found.share, error: found.error ?? 0 };
}

function shown(found: KnownReuse | undefined): string {
  if (found === undefined) return 'not known';
  return percent(found.share) + (found.error > 0 ? ` ± ${percent(found.error)}` : '');
}

function worstSum({ breaks }: PromptsResult): CulpritSum | undefined {
  return breaks?.byCulprit[0];
}

function worstText(result: PromptsResult): string | undefined {
  return worstSum(result)?.example.sentence;
}

function remedyOf(result: PromptsResult): string {
  return (
    worstSum(result)?.remedy ??
    'Let more requests begin with the same text; nothing breaks what there is.'
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function blocksText(blockSize: number | null): string {
  return blockSize === null ? 'to the token' : `in blocks of ${blockSize} tokens`;
}

import { formatDuration } from '../base/duration.ts';
import { formatCount } from '../base/figures.ts';
import type { BreakFigures, PromptsResult } from '../prompts/result.ts';
import { formatShare } from '../verify/result/format.ts';
import { blocksOf, errorText, pointText, sumSentence } from './prompts-text.ts';
import type { Table } from './table.ts';

const BEGINNINGS_SHOWN = 8;
const SIZES_SHOWN = 8;
const WORST_SHOWN = 5;

export function promptsTables(result: PromptsResult): Table[] {
  return [
    reuseTable(result),
    curveTable(result),
    beginningsTable(result),
    ...(result.breaks ? [culpritTable(result.breaks), worstTable(result.breaks)] : []),
    lengthsTable(result),
  ];
}

function reuseTable({ reuse, tokenizer, breaks }: PromptsResult): Table {
  return {
    title: 'reusable',
    head: ['with an endless cache', 'tokens', 'of all'],
    rows: reuse.map((it) => [
      blocksOf(it),
      it.reusableTokens === null ? 'not known' : formatCount(it.reusableTokens),
      it.share === null ? 'not known' : `${formatShare(it.share)}${errorText(it)}`,
    ]),
    notes: [
      ...(tokenizer.isEstimated
        ? ['Tokens are estimated; --tokenizer URL asks an engine for the true ones.']
        : []),
      ...(breaks === null ? ['The file has no text: what breaks reuse cannot be told.'] : []),
    ],
  };
}

function curveTable({ curve }: PromptsResult): Table {
  const { points, knee, nearlyAll, blockSize } = curve;
  const step = Math.max(1, Math.ceil(points.length / SIZES_SHOWN));
  const shown = points.filter((_, index) => index % step === 0 || index === points.length - 1);
  return {
    title: 'by cache size',
    head: ['LRU cache, tokens', 'blocks', 'reused'],
    rows: shown.map((it) => [
      formatCount(it.tokens),
      formatCount(it.blocks),
      formatShare(it.share),
    ]),
    notes: [
      `Blocks of ${blockSize} tokens, ${formatCount(curve.distinctBlocks)} distinct. An engine needs one more for the end of a prompt.`,
      ...(curve.sampledOneIn === undefined
        ? []
        : [
            `More blocks than are counted one by one: of the later ones one in ${curve.sampledOneIn} was looked at.`,
          ]),
      `Knee: ${pointText(knee)}. 95 % of what an endless cache gives: ${pointText(nearlyAll)}.`,
    ],
  };
}

function beginningsTable({ beginnings }: PromptsResult): Table {
  const worth = (it: PromptsResult['beginnings'][number]): number =>
    (it.requests - 1) * (it.toTokens - it.fromTokens);
  return {
    title: 'shared beginnings',
    head: ['end in', 'first tokens', 'requests', 'tokens saved'],
    rows: beginnings
      .toSorted((a, b) => worth(b) - worth(a))
      .slice(0, BEGINNINGS_SHOWN)
      .map((it) => [
        it.endsAt,
        formatCount(it.toTokens),
        formatCount(it.requests),
        formatCount(worth(it)),
      ]),
    notes: [],
  };
}

function culpritTable(breaks: BreakFigures): Table {
  const { byCulprit, cost, isWindowed } = breaks;
  return {
    title: 'what breaks reuse',
    head: [
      'culprit',
      'place',
      'requests',
      'tokens lost',
      'of all lost',
      ...(cost ? ['engine time'] : []),
    ],
    rows: byCulprit.map((it) => [
      it.culprit,
      it.place,
      formatCount(it.breaks),
      formatCount(it.lostTokens),
      formatShare(it.share),
      ...(cost ? [formatDuration(it.lostMs ?? 0)] : []),
    ]),
    notes: [
      ...(cost
        ? [
            `Lost in all: ${formatDuration(cost.lostMs)} of an engine, as ${cost.profile} models it; nothing of it was measured.`,
            ...(cost.beyond
              ? [
                  `${formatCount(cost.beyond)} of them in prompts shorter or longer than any that profile was calibrated on.`,
                ]
              : []),
          ]
        : []),
      ...byCulprit.slice(0, WORST_SHOWN).map((it) => `${sumSentence(it)}. → ${it.remedy}`),
      ...(byCulprit.length === 0 ? ['Nothing breaks what requests could share.'] : []),
      ...(isWindowed
        ? ['Requests were compared with the latest ones before them, not with all.']
        : []),
    ],
  };
}

function worstTable({ worst, breaks }: BreakFigures): Table {
  const shown = worst.slice(0, WORST_SHOWN);
  return {
    title: 'the most costly',
    head: ['at', ''],
    rows: shown.map((it) => [`${it.file}:${it.line}`, `${it.sentence}.`]),
    notes: breaks > shown.length ? [`${breaks - shown.length} more.`] : [],
  };
}

function lengthsTable({ lengths, sessions }: PromptsResult): Table {
  const row = (name: string, values: readonly (number | null)[]): string[] => [
    name,
    ...values.map((it) => (it === null ? '–' : formatCount(it))),
  ];
  const { p50, p95, p99, max } = lengths;
  return {
    title: 'lengths',
    head: ['tokens', 'p50', 'p95', 'p99', 'max'],
    rows: [
      row('per prompt', [p50, p95, p99, max]),
      ...(sessions
        ? [
            row('added by a turn of a session', [
              sessions.growthP50,
              sessions.growthP95,
              null,
              null,
            ]),
          ]
        : []),
    ],
    notes: sessions
      ? [
          `${formatCount(sessions.sessions)} sessions, half of them of up to ${sessions.turnsP50} turns, the longest of ${sessions.turnsMax}.`,
        ]
      : [],
  };
}

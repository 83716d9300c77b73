import { uniteBreaks } from '../prompts/breaks/break-sum.ts';
import type { AnalysisPart } from '../prompts/result.ts';
import { reportError } from './errors.ts';
import { type PartReport, refuseForeign, refuseGaps } from './parts.ts';
import type { PromptsReport } from './model.ts';

type Shard = PartReport<PromptsReport, AnalysisPart>;

const WHOLE = {
  wholes: 'analyses',
  differing: 'files, settings, shards',
  remedy: 'Run all shards by one version on the same file, with the same flags but --shard.',
};

/**
 * The shards of one analysis as the report of the whole: each found the breaks of its requests, and all must agree on
 * everything else.
 * @param names of the shards, for people
 * @throws KvcacheError MERGE_UNSUPPORTED, MERGE_TWICE, MERGE_INCOMPLETE, RUNS_INCOMPARABLE (usage), MERGE_MISMATCH (invalid)
 */
export function mergePrompts(
  reports: readonly PromptsReport[],
  names: readonly string[],
): PromptsReport {
  const shards = reports.map((report, index) => shardOf(report, names[index]!));
  const [first] = shards as [Shard];
  for (const shard of shards) refuseForeign(first, shard, WHOLE);
  refuseGaps(shards);
  for (const shard of shards) refuseContradiction(first, shard);
  const { part: _, ...result } = first.report.result;
  const breaks = reports.flatMap((it) => it.result.breaks ?? []);
  return {
    ...first.report,
    result: { ...result, breaks: uniteBreaks(breaks, result.promptTokens) },
  };
}

function shardOf(report: PromptsReport, name: string): Shard {
  const { part } = report.result;
  if (part) return { name, report, part };
  throw reportError('MERGE_UNSUPPORTED', {
    message: `${name} is a whole analysis: only shards of one (--shard) can be merged.`,
    remedy: 'Run every part with --shard 0/n to n-1/n.',
  });
}

/** Machines may name the file differently. */
function refuseContradiction(first: Shard, other: Shard): void {
  const sharedBy = ({ report: { result } }: Shard): string => {
    const { breaks } = result;
    const rest = { ...result, source: '', part: null, breaks: null };
    return JSON.stringify([rest, breaks?.isWindowed, breaks?.cost?.profile]);
  };
  if (sharedBy(first) === sharedBy(other)) return;
  throw reportError('MERGE_MISMATCH', {
    message: `${first.name} and ${other.name} read the same file and came to other figures.`,
    remedy:
      'Run the shards again: a report was edited, or an engine cut one of them into other tokens.',
  });
}

import { uniteBreaks } from '../prompts/breaks/break-sum.ts';
import type { AnalysisPart } from '../prompts/result.ts';
import { refuseIncomparable } from './compare.ts';
import { reportError } from './errors.ts';
import { refuseGaps } from './gaps.ts';
import type { PromptsReport } from './model.ts';

interface Shard {
  name: string;
  report: PromptsReport;
  part: AnalysisPart;
}

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
  for (const shard of shards) refuseForeign(first, shard);
  refuseGaps(
    shards.map(({ name, part: { shard } }) => ({ name, shard })),
    first.part.of,
  );
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

/** They must be parts of one cut of one file, read in one way by one version. */
function refuseForeign(first: Shard, other: Shard): void {
  refuseIncomparable(first.report, other.report);
  const planOf = ({ report, part }: Shard): string =>
    JSON.stringify([report.version, { ...part, shard: 0 }]);
  if (planOf(first) === planOf(other)) return;
  throw reportError('RUNS_INCOMPARABLE', {
    message: `${first.name} and ${other.name} are parts of different analyses: files, settings, shards or versions of kvcache differ.`,
    remedy: 'Run all shards by one version on the same file, with the same flags but --shard.',
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

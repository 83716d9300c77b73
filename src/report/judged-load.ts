import { present } from '../base/lists.ts';
import { formatCount, formatFigure } from '../base/figures.ts';
import { formatDuration } from '../base/duration.ts';
import { type JudgedFact, quiet, seedFact } from './judged-fact.ts';
import { shardName } from '../base/shard.ts';
import type { LoadReport } from './model.ts';

/** What load was put on, and which. */
export function loadFacts({ result, comparable, seed }: LoadReport): JudgedFact[] {
  const { target, model, prompts, requests, promptTokens, outputTokens, measuredMs } = result;
  return [
    quiet('target', target),
    quiet('model', model ?? 'not known'),
    ...(prompts === null ? [] : [quiet('workload', prompts)]),
    ...loadFact(comparable),
    ...seedFact(seed),
    ...shardsFact(result),
    quiet(
      'cost',
      present([
        `${formatCount(requests)} requests in ${formatDuration(measuredMs)}`,
        promptTokens !== null && `${formatCount(promptTokens)} prompt tokens`,
        outputTokens !== null && `${formatCount(outputTokens)} output tokens`,
      ]).join(', '),
    ),
  ];
}

/** Which load; a merged or older report may not say. */
function loadFact({ trace, stages, rate, arrivals, concurrency }: LoadReport['comparable']) {
  const parts = present([
    trace && `the arrivals of ${trace}`,
    stages && `stages ${stages}`,
    typeof rate === 'number' && `${formatFigure(rate)} requests/s, ${arrivals} arrivals`,
    typeof concurrency === 'number' && `${concurrency} in flight`,
  ]);
  return parts.length === 0 ? [] : [quiet('load', parts.join(', '))];
}

/** One shard alone says nothing of the whole. */
function shardsFact({ shards }: LoadReport['result']): JudgedFact[] {
  const [first, ...rest] = shards ?? [];
  if (first === undefined) return [];
  const text =
    rest.length === 0
      ? `${shardName(first)} alone; kvcache report merge judges the whole`
      : `${shards!.length} of ${first.of}, put together`;
  return [quiet('shards', text)];
}

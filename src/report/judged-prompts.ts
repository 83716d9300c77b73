import { shardName } from '../base/shard.ts';
import type { AnalysisPart } from '../prompts/result.ts';
import { type JudgedFact, quiet } from './judged-fact.ts';
import type { PromptsReport } from './model.ts';

/** Which prompts, and who counted their tokens. */
export function promptsFacts({ result }: PromptsReport): JudgedFact[] {
  const { source, form, tokenizer, part } = result;
  const by = tokenizer.isEstimated ? `estimated (${tokenizer.name})` : tokenizer.name;
  return [quiet('prompts', `${source}, ${form}`), quiet('tokens', by), ...partFact(part)];
}

/** Its breaks are easily taken for all there are. */
function partFact(part: AnalysisPart | undefined): JudgedFact[] {
  if (!part) return [];
  const { shard: index, of } = part;
  const text = `SHARD ${shardName({ index, of })}: breaks of one request in ${of} alone. kvcache report merge unites the shards.`;
  return [{ name: 'part', text, isLoud: true }];
}

import type { Entry } from '../entries.ts';
import { IdSpace, inputTokensIn, numberIn, outputTokensIn } from '../members.ts';
import type { TraceRow } from '../trace.ts';
import { traceInvalid } from '../errors.ts';
import type { TraceFormat } from './format.ts';

/**
 * Weka's coding agents (the `weka_trace` of AIPerf): an entry is a conversation with its requests, and
 * subagents with theirs; `t` in seconds from its beginning. Ids are its own, or everybody's where
 * `hash_id_scope` is global.
 */
export const weka: TraceFormat = {
  name: 'Weka',
  owns: (first) => Array.isArray(first['requests']) && 'block_size' in first,
  reader: () => {
    const ids = new IdSpace();
    return (entry) => {
      const { id, hash_id_scope: scope } = entry.value;
      const session = String(id);
      const read = (it: Entry): number[] =>
        ids.read(it, 'hash_ids', scope === 'global' ? undefined : session);
      return rowsOf(entry, session, read);
    };
  },
  idTokens: (first) => inputTokensIn(first, 'block_size'),
};

/** Agents that call agents; a file that nests deeper is no record of any. */
const DEPTH_MAX = 32;

function rowsOf(
  { value, where }: Entry,
  session: string,
  read: (entry: Entry) => number[],
  depth = 0,
): TraceRow[] {
  if (depth > DEPTH_MAX) throw traceInvalid(where, `agents nest deeper than ${DEPTH_MAX}`);
  const requests = value['requests'];
  if (!Array.isArray(requests)) throw traceInvalid(where, '"requests" must be a list');
  return (requests as (Entry['value'] | null)[]).flatMap((request, index) => {
    const entry = { value: request ?? {}, where: `${where}, request ${index + 1}` };
    if (request?.['type'] === 'subagent') {
      return rowsOf(entry, `${session}/${String(request['agent_id'])}`, read, depth + 1);
    }
    return {
      where: entry.where,
      atMs: numberIn(entry, 't') * 1_000,
      session,
      prompt: { kind: 'lengths', inputTokens: inputTokensIn(entry, 'in'), ids: read(entry) },
      outputTokens: outputTokensIn(entry, 'out'),
    };
  });
}

import { isHashed, type Trace, type TraceRow } from '../traces/trace.ts';
import type { Pacer } from './pacer.ts';
import { type Prompt, type PromptList, promptOf } from './prompts.ts';
import { TraceTexts } from './trace-texts.ts';

/** When each request of the trace is due; `speed` 2 replays it in half the time. */
export function tracePacer({ rows }: Trace, speed: number): Pacer {
  return (sent) => {
    const row = rows[sent];
    return row && row.atMs / speed;
  };
}

/**
 * The prompts of a trace: its messages, or where it has lengths, as many words. Written when asked for:
 * all texts of a public trace together are a gigabyte.
 */
export function tracePrompts(trace: Trace, runId: string): PromptList {
  const texts = new TraceTexts(trace, runId);
  const messagesOf = ({ prompt }: TraceRow, index: number) =>
    prompt.kind === 'messages'
      ? [...prompt.messages]
      : [{ role: 'user', content: texts.of(prompt, index) }];
  const rowPrompt = (row: TraceRow, index: number): Prompt =>
    promptOf(() => messagesOf(row, index), {
      group: isHashed(row) ? `id-${row.prompt.ids[0]}` : '',
      session: row.session,
      outputTokens: row.outputTokens,
    });
  return {
    length: trace.rows.length,
    at(index) {
      const row = trace.rows.at(index);
      return row && rowPrompt(row, index);
    },
  };
}

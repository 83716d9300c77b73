import type { Entry } from '../entries.ts';
import { inputTokensIn, nameIn, numberIn, outputTokensIn } from '../members.ts';
import { traceInvalid } from '../errors.ts';
import type { TraceFormat } from './format.ts';

interface Columns {
  input: string;
  output: string;
  /** Conversation of a request, empty for none. */
  session?: string;
  arrivalMs: (entry: Entry) => number;
}

/** BurstGPT (github.com/HPMLL/BurstGPT): seconds from the first midnight. Who failed had no answer. */
export const burstGpt = lengthsOnly('BurstGPT', {
  input: 'Request tokens',
  output: 'Response tokens',
  session: 'Session ID',
  arrivalMs: (entry) => numberIn(entry, 'Timestamp') * 1_000,
});

/** Azure LLM inference (github.com/Azure/AzurePublicDataset): UTC, with or without saying so. */
export const azure = lengthsOnly('Azure', {
  input: 'ContextTokens',
  output: 'GeneratedTokens',
  arrivalMs: ({ value, where }) => {
    const iso = String(value['TIMESTAMP']).replace(' ', 'T');
    const ms = Date.parse(/Z|[+-]\d\d:\d\d$/.test(iso) ? iso : `${iso}Z`);
    if (Number.isFinite(ms)) return ms;
    throw traceInvalid(where, '"TIMESTAMP" must be a date and a time');
  },
});

/** A CSV that tells when and how long, but not what is shared: no request begins as another does. */
function lengthsOnly(name: string, columns: Columns): TraceFormat {
  const { input, output, session, arrivalMs } = columns;
  return {
    name,
    owns: (first) => input in first && output in first,
    reader: () => (entry) => [
      {
        where: entry.where,
        atMs: arrivalMs(entry),
        session: session && nameIn(entry, session),
        prompt: { kind: 'lengths', inputTokens: inputTokensIn(entry, input), ids: [] },
        outputTokens: outputTokensIn(entry, output),
      },
    ],
  };
}

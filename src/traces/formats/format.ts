import type { Entry } from '../entries.ts';
import type { TraceRow } from '../trace.ts';

/** One form of trace file. Adding one is a file here and a row in `formats.ts`. */
export interface TraceFormat {
  name: string;
  /** Whether a file is of this form, by the members of its first entry. */
  owns(first: Entry['value']): boolean;
  /** A reader for the entries of one file in their order; throws KvcacheError TRACE_INVALID. */
  reader(): (entry: Entry) => TraceRow[];
  /** Tokens per id, where the file says it in so many words. */
  idTokens?(first: Entry): number;
}

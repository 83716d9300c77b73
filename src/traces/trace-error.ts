import type { KvcacheError } from '../base/errors.ts';
import { tracesError } from './errors.ts';

const REMEDY =
  'Write one JSON object per line: timestamp (ms), input_length, output_length (tokens), hash_ids.';

/** @param remedy where another one than the form of a trace helps */
export function traceInvalid(where: string, problem: string, remedy = REMEDY): KvcacheError {
  return tracesError('TRACE_INVALID', {
    message: `The trace cannot be used: ${problem}.`,
    where,
    remedy,
  });
}

import { KvcacheError } from '../base/errors.ts';

const REMEDY =
  'Write one JSON object per line: timestamp (ms), input_length, output_length (tokens), hash_ids.';

/** @param remedy where another one than the form of a trace helps */
export function traceInvalid(where: string, problem: string, remedy = REMEDY): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'TRACE_INVALID',
    message: `The trace cannot be used: ${problem}.`,
    where,
    remedy,
  });
}

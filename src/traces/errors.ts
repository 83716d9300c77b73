import { errorsOf, type KvcacheError, usage } from '../base/errors.ts';

export const tracesError = errorsOf({
  TRACE_INVALID: usage(
    'A trace is not of the form that its format asks for.',
    'Write one JSON object per line: timestamp (ms), input_length, output_length (tokens), hash_ids.',
  ),
});

/** @param remedy where another one than the form of a trace helps */
export function traceInvalid(where: string, problem: string, remedy?: string): KvcacheError {
  const message = `The trace cannot be used: ${problem}.`;
  return tracesError('TRACE_INVALID', { message, where, remedy });
}

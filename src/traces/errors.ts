import { errorsOf, usage } from '../base/errors.ts';

export const tracesError = errorsOf({
  TRACE_INVALID: usage('A trace is not of the form that its format asks for.'),
});

/** The public API. Everything else may change without notice. */
export { KvcacheError, type ErrorKind } from './base/errors.ts';
export { type Check, type Outcome } from './base/outcome.ts';

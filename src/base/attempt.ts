import { KvcacheError } from './errors.ts';

/** A result or the expected failure that stood in its way. */
export type Attempt<T> =
  | { value: T; error?: undefined }
  | { value?: undefined; error: KvcacheError };

/** Keeps expected failures as values, so that one missing answer does not hide the others. */
export async function attempt<T>(call: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await call() };
  } catch (error) {
    if (error instanceof KvcacheError && error.kind === 'target') return { error };
    throw error;
  }
}

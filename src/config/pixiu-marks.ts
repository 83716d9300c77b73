/** What a description says of keys beyond what may stand there: how Pixiu takes them. */

/** Keys that exist in Pixiu's file but do not do here what they seem to. */
export interface KeyStatus {
  /**
   * `inert`: no effect on the LLM path, in Pixiu neither; said in the docs only. `ignored`: without
   * effect here, a warning. `unsupported`: cannot be honoured, an error. `misplaced`: honoured,
   * but Pixiu reads it elsewhere; a warning. `own`: honoured, but not by Pixiu; a note.
   */
  kind: 'inert' | 'ignored' | 'unsupported' | 'misplaced' | 'own';
  why: string;
}

declare module '../schema/describe.ts' {
  interface Common {
    readonly status?: KeyStatus | undefined;
    /** What Pixiu does when it does not see the key, because it is spelled in another letter case. */
    readonly unseen?: string | undefined;
    /**
     * Of keys. `exact`, unless said otherwise: letter case counts. `any`: it counts for Pixiu only, and
     * a key in another one is read with a warning. `free`: it counts for neither.
     */
    readonly keyCase?: 'any' | 'exact' | 'free' | undefined;
    /** How bad a key is that is not known; a warning unless said otherwise. */
    readonly unknownKeys?: 'warning' | 'error' | undefined;
  }

  interface ScalarSchema<T> {
    /** Milliseconds of 1 when a duration is written as a bare number; absent = nanoseconds, as in Go. */
    readonly bareUnitMs?: number | undefined;
    /** What Pixiu does when it finds a bare number here, which it cannot read, not even 0. */
    readonly bareEffect?: string | undefined;
    /** What Pixiu silently puts in place of an unreadable duration. */
    readonly unreadableMs?: number | undefined;
    /** Go's zero value counts as unset: an explicit 0 becomes the default. */
    readonly zeroIsUnset?: boolean | undefined;
  }
}

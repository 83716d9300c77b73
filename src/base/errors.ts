/** What an error means for the person at the terminal; the CLI maps each kind to one exit code. */
export type ErrorKind =
  /** The call or a file handed to it is wrong. */
  | 'usage'
  /** A process or server we need could not be started or reached. */
  | 'target'
  /** The measurement was made but must not be trusted. */
  | 'invalid'
  /** The user or the system asked us to stop. */
  | 'interrupted';

export interface KvcacheErrorOptions {
  kind: ErrorKind;
  /** Stable, upper snake case: `PORT_TAKEN`. Match on this, never on the message. */
  code: string;
  /** What happened, in one sentence. */
  message: string;
  /** What to do about it. */
  remedy: string;
  /** Where: `file:line:column`, or a URL without credentials. */
  where?: string | undefined;
  /** Further lines worth seeing: a body excerpt, the last lines of a log. */
  details?: readonly string[] | undefined;
  cause?: unknown;
}

/** An expected failure. Anything else that is thrown is a bug and exits with 70. */
export class KvcacheError extends Error {
  override readonly name = 'KvcacheError';
  readonly kind: ErrorKind;
  readonly code: string;
  readonly remedy: string;
  readonly where: string | undefined;
  readonly details: readonly string[];

  constructor(options: KvcacheErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = options.kind;
    this.code = options.code;
    this.remedy = options.remedy;
    this.where = options.where;
    this.details = options.details ?? [];
  }
}

/** The system error code (`ECONNREFUSED`, `EADDRINUSE`, …) of anything thrown, looking through causes. */
export function systemErrorCode(error: unknown): string | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    const { code } = current as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
  }
  return undefined;
}

/** The stable code of an error of our own; undefined for anything else thrown. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof KvcacheError ? error.code : undefined;
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

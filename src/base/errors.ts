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

/** What a code says to whoever meets it, and what usually helps; `docs/errors.md` lists every row. */
interface ErrorRow {
  kind: ErrorKind;
  /** The message too, where the thrower gives none. */
  meaning: string;
  remedy: string | undefined;
}

type Told = Omit<KvcacheErrorOptions, 'kind' | 'code' | 'message' | 'remedy'> & {
  message?: string | undefined;
};

/** A row without a remedy leaves it to the thrower. */
type ToldOf<Row> = [Row] extends [{ remedy: string }]
  ? [told?: Told & { remedy?: string | undefined }]
  : [told: Told & { remedy: string }];

const rowOf =
  <Kind extends ErrorKind>(kind: Kind) =>
  <Remedy extends string | undefined = undefined>(meaning: string, remedy?: Remedy) => ({
    kind,
    meaning,
    remedy: remedy as Remedy,
  });

/** Rows of a catalogue by the kind of their errors. */
export const usage = rowOf('usage');
export const target = rowOf('target');
export const invalid = rowOf('invalid');
export const interrupted = rowOf('interrupted');

/** The errors of one room: makes one from its code and what is known of this case. */
export function errorsOf<const Rows extends Record<string, ErrorRow>>(rows: Rows) {
  const errorOf = <Code extends keyof Rows & string>(
    code: Code,
    ...[told]: ToldOf<Rows[Code]>
  ): KvcacheError => {
    const { kind, meaning, remedy = '' } = rows[code]!;
    const { message = meaning, ...rest }: Partial<KvcacheErrorOptions> = told ?? {};
    return new KvcacheError({ ...rest, kind, code, message, remedy: rest.remedy ?? remedy });
  };
  return Object.assign(errorOf, { rows });
}

export const baseError = errorsOf({
  FILE_NOT_TEXT: usage(
    'The file is not UTF-8 text.',
    'Save it as UTF-8, or unpack it when it is compressed.',
  ),
  FILE_TOO_LARGE: usage('A file is too large.', 'Check that this is the file you mean.'),
  FILE_UNREADABLE: usage('A file or folder cannot be read.', 'Check the path and its permissions.'),
  URL_INVALID: usage('An address is no URL, or not of the form that is needed there.'),
});

/** An error in other words, or with more said. */
export function retold(error: KvcacheErrorOptions, changes: Partial<Told & { remedy: string }>) {
  return new KvcacheError({ ...error, message: error.message, cause: error, ...changes });
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

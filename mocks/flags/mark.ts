import type { ScalarSchema } from '../../src/schema/describe.ts';

export type MockKind = 'controller' | 'engine' | 'up';

/** How a mock's command line shows a flag. */
export interface FlagLook {
  /** What help calls its value. Without one it is a switch. */
  value?: string;
  /** `--no-…`: switches off what is on by default. */
  isNegative?: boolean;
  /** The commands that have it; those of engines unless given. */
  of?: readonly MockKind[];
}

/** The flag that says what a key of a fleet file says; its help is the key's own. */
export interface FlagMark extends FlagLook {
  /** In camel case; the key itself unless given. */
  name?: string;
  /** How its text is read, when that is not how the file's value is. */
  reads?: ScalarSchema<unknown>;
  /** It may stand beside a fleet file, and beats it. */
  beatsFile?: boolean;
}

declare module '../../src/schema/describe.ts' {
  interface Common {
    /** The flag of a mock that says the same. */
    readonly mockFlag?: FlagMark | undefined;
  }
}

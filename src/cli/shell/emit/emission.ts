/** What an engine is to run. */
export interface Emission {
  /** Of this emission; letters, digits and dashes. */
  id: string;
  /** The command that runs each part, with `--config` and `--shard`; its words one blank apart. */
  command: string;
  /** The file that follows the command; undefined where it takes none. */
  operand: Operand | undefined;
  processes: number;
  /** The flags of all processes, by name. */
  plan: Readonly<Record<string, unknown>>;
  /** The flag by which parts know that they are of one run; undefined where they need none, or the plan has it. */
  idFlag: string | undefined;
  /** The plan's files: flag, where it lies, and what it holds. */
  files: readonly EmittedFile[];
  /** The variable with the API key, if there is one. */
  apiKeyEnv: string | undefined;
  image: string;
  /** A PersistentVolumeClaim, or a folder that all nodes share. */
  resultsTo: string;
  /** How long parts wait for each other; undefined where each runs for itself. */
  barrierWaitMs: number | undefined;
  /** What each part leaves for the merge: the flag that names it, and how its name ends. */
  result: { flag: string; ending: string };
}

/** What stands there goes with the plan; without its text it is where the processes find it. */
export interface Operand {
  /** Absolute. */
  path: string;
  text?: string;
}

export interface EmittedFile {
  flag: string;
  /** Absolute. */
  path: string;
  text: string;
}

/** A command as names have it: `prompts-analyze`. */
export function nameOfCommand(command: string): string {
  return command.replaceAll(' ', '-');
}

/** Where shard 0 is the barrier, inside the network of the job. */
export const BARRIER_PORT = 7_077;

/** JSON in ASCII on one line: what anybody wrote in it cannot end the line, or the quotes around it. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[\u007f-\uffff]/g, (unit) => unicode(unit, 4, 'u'));
}

/** A text as YAML 1.1 and 1.2 read it in double quotes, in ASCII: neither may break a line or a character there. */
export function yamlQuoted(text: string): string {
  return JSON.stringify(text).replaceAll(/[\u007f-\u{10ffff}]/gu, (character) =>
    character.length === 1 ? unicode(character, 4, 'u') : unicode(character, 8, 'U'),
  );
}

function unicode(character: string, digits: number, kind: string): string {
  return `\\${kind}${character.codePointAt(0)!.toString(16).padStart(digits, '0')}`;
}

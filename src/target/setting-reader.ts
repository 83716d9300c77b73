import type { Environment } from '../base/environment.ts';
import { flagName } from '../base/flag-name.ts';
import type { ScalarSchema, Schema } from '../schema/describe.ts';
import type { FlagTable, FlagValueOf } from '../schema/flag-row.ts';
import { readText, type Refusal } from '../schema/strict.ts';
import { targetError } from './errors.ts';

/** Where a setting came from; printed by `--verbose`. Secrets are shown as `***`. */
export interface SettingSource {
  name: string;
  value: string;
  source: string;
}

export type FlagValue = string | readonly string[] | boolean | undefined;

interface Names {
  /** Commander's name of the flag: `listenPort` for `--listen-port`. */
  flag?: string;
  env?: string;
}

export interface ReadFlag<T extends FlagTable> {
  <N extends keyof T & string>(
    flag: N,
    fallback: NonNullable<FlagValueOf<T[N]>>,
  ): NonNullable<FlagValueOf<T[N]>>;
  <N extends keyof T & string>(flag: N): FlagValueOf<T[N]>;
}

/** Where values come from: flag beats environment beats default. Remembers which won, for `--verbose`. */
export class SettingReader {
  readonly sources: SettingSource[] = [];
  readonly #flags: Readonly<Record<string, FlagValue>>;
  /** Of the flags that stand in a file: `file:line:column`. */
  readonly #places: ReadonlyMap<string, string>;
  readonly #env: Environment;

  constructor(flags: Readonly<Record<string, FlagValue>>, env: Environment) {
    this.#flags = flags;
    const filed = flags['fromFile'];
    const entries = Array.isArray(filed) ? (filed as readonly string[]) : [];
    this.#places = new Map(entries.map((it) => it.split(/ (.*)/s, 2) as [string, string]));
    this.#env = env;
  }

  /** A blank variable counts as unset. */
  text(names: Names): string | undefined;
  text(names: Names, fallback: string): string;
  text(names: Names, fallback?: string): string | undefined {
    const flag = names.flag === undefined ? undefined : this.#flags[names.flag];
    if (typeof flag === 'string') return this.#note(names, flag, this.#sourceOf(names.flag!));
    const fromEnv = names.env === undefined ? undefined : this.#env[names.env]?.trim();
    if (fromEnv) return this.#note(names, fromEnv, `environment ${names.env}`);
    return fallback === undefined ? undefined : this.#note(names, fallback, 'default');
  }

  /** Values of a repeatable flag; the environment gives at most one. */
  list(names: Names, isSecret = false): string[] {
    const flag = names.flag === undefined ? undefined : this.#flags[names.flag];
    if (Array.isArray(flag) && flag.length > 0) {
      const shown = isSecret ? flag.map(() => '***') : flag;
      this.#note(names, shown.join(' '), this.#sourceOf(names.flag!));
      return [...(flag as readonly string[])];
    }
    const one = this.text(names);
    return one === undefined ? [] : [one];
  }

  /** Reads the flags of a table by their names; a fallback beats the default that help tells. */
  from<T extends FlagTable>(table: T): ReadFlag<T> {
    const read = (flag: string, fallback?: string | number): unknown => {
      const { schema, env } = table[flag]!;
      if (schema.kind === 'list') return this.list({ flag }, isSecret(schema.item));
      if (schema.type === 'boolean') return this.#isOn(flag);
      const own = fallback === undefined ? {} : { fallback, shown: String(fallback) };
      return this.value(env === undefined ? { flag } : { flag, env }, { ...schema, ...own });
    };
    return read as ReadFlag<T>;
  }

  /**
   * A value as described; its default is noted as the description shows it.
   * @throws KvcacheError SETTING_INVALID (kind usage)
   */
  value<T>(names: Names, schema: ScalarSchema<T>): T {
    const text = this.text(names);
    if (text !== undefined) return readText(schema, text, { name: callName(names), invalid });
    const { fallback, shown } = schema;
    if (fallback !== undefined && shown !== '') this.#note(names, shown, 'default');
    return fallback;
  }

  isSet(flag: string): boolean {
    return this.#flags[flag] === true;
  }

  #isOn(flag: string): boolean {
    const isOn = this.isSet(flag);
    if (isOn) this.#note({ flag }, 'true', this.#sourceOf(flag));
    return isOn;
  }

  #sourceOf(flag: string): string {
    return this.#places.get(flag) ?? flagName(flag);
  }

  #note(names: Names, value: string, source: string): string {
    const name = names.flag === undefined ? names.env! : flagName(names.flag);
    this.sources.push({ name, value, source });
    return value;
  }
}

function isSecret(schema: Schema<unknown>): boolean {
  return schema.kind === 'scalar' && schema.secret === true;
}

function callName({ flag, env }: Names): string {
  return [flag && flagName(flag), env].filter(Boolean).join(' / ');
}

function invalid({ message }: Refusal) {
  const remedy = 'Correct the flag or the variable; --help shows what each takes.';
  return targetError('SETTING_INVALID', { message, remedy });
}

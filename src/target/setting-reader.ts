import { KvcacheError } from '../base/errors.ts';
import { parseDuration } from '../base/duration.ts';

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

/** Where values come from: flag beats environment beats default. Remembers which won, for `--verbose`. */
export class SettingReader {
  readonly sources: SettingSource[] = [];
  readonly #flags: Readonly<Record<string, FlagValue>>;
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(
    flags: Readonly<Record<string, FlagValue>>,
    env: Readonly<Record<string, string | undefined>>,
  ) {
    this.#flags = flags;
    this.#env = env;
  }

  /** A blank variable counts as unset. */
  text(names: Names): string | undefined;
  text(names: Names, fallback: string): string;
  text(names: Names, fallback?: string): string | undefined {
    const flag = names.flag === undefined ? undefined : this.#flags[names.flag];
    if (typeof flag === 'string') return this.#note(names, flag, flagName(names.flag!));
    const fromEnv = names.env === undefined ? undefined : this.#env[names.env]?.trim();
    if (fromEnv) return this.#note(names, fromEnv, `environment ${names.env}`);
    return fallback === undefined ? undefined : this.#note(names, fallback, 'default');
  }

  /** Values of a repeatable flag; the environment gives at most one. */
  list(names: Names): string[] {
    const flag = names.flag === undefined ? undefined : this.#flags[names.flag];
    if (Array.isArray(flag) && flag.length > 0) {
      this.#note(names, flag.join(' '), flagName(names.flag!));
      return [...(flag as readonly string[])];
    }
    const one = this.text({ ...names, flag: '' });
    return one === undefined ? [] : [one];
  }

  /** @throws KvcacheError SETTING_INVALID (kind usage) */
  integer(names: Names, bounds: { fallback: number; min: number; max?: number }): number {
    const text = this.text(names, String(bounds.fallback));
    const value = Number(text);
    const isFine =
      /^\d+$/.test(text) && value >= bounds.min && value <= (bounds.max ?? Number.MAX_SAFE_INTEGER);
    if (isFine) return value;
    throw invalid(names, text, `a whole number of at least ${bounds.min}`);
  }

  /** @throws KvcacheError SETTING_INVALID (kind usage) */
  number(names: Names, bounds: { fallback: number; min: number; max: number }): number {
    const text = this.text(names, String(bounds.fallback));
    const value = text === '' ? Number.NaN : Number(text);
    if (value >= bounds.min && value <= bounds.max) return value;
    throw invalid(names, text, `a number from ${bounds.min} to ${bounds.max}`);
  }

  /** Milliseconds. @throws KvcacheError SETTING_INVALID (kind usage) */
  duration(names: Names, fallback: string): number {
    const text = this.text(names, fallback);
    const value = parseDuration(text);
    if (value !== undefined && value > 0) return value;
    throw invalid(names, text, 'a duration with its unit, such as 500ms or 10s');
  }

  choice<T extends string>(names: Names, choices: readonly T[], fallback: T): T {
    const text = this.text(names, fallback);
    const found = choices.find((it) => it === text);
    if (found !== undefined) return found;
    throw invalid(names, text, `one of ${choices.join(', ')}`);
  }

  isSet(flag: string): boolean {
    return this.#flags[flag] === true;
  }

  #note(names: Names, value: string, source: string): string {
    this.sources.push({ name: names.env ?? flagName(names.flag ?? ''), value, source });
    return value;
  }
}

function flagName(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function invalid(names: Names, text: string, expected: string): KvcacheError {
  const name = [names.flag && flagName(names.flag), names.env].filter(Boolean).join(' / ');
  return new KvcacheError({
    kind: 'usage',
    code: 'SETTING_INVALID',
    message: `${name} is not ${expected}: "${text}".`,
    remedy: `Give ${name} ${expected}.`,
  });
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable's value; blank counts as unset, as in the sample. */
export function variable(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

/** One thing that was judged. */
export interface JudgedFact {
  name: string;
  text: string;
  /** Easily taken for something else: to be seen first. */
  isLoud: boolean;
}

export function quiet(name: string, text: string): JudgedFact {
  return { name, text, isLoud: false };
}

/** A gateway that must not be taken for the reader's own. */
export function embedded(policy: string | null, advice: string): JudgedFact {
  const how = policy === null ? '' : `, policy ${policy}`;
  const text = `EMBEDDED${how}: kvcache’s own gateway, started for this run. ${advice}`;
  return { name: 'gateway', text: text.trim(), isLoud: true };
}

/** What makes a run repeatable; nothing where nothing was random. */
export function seedFact(seed: number | null): JudgedFact[] {
  return seed === null ? [] : [quiet('seed', `${seed}`)];
}

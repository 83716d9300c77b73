import { type Attempt, attempt } from '../base/attempt.ts';
import { EngineClient } from '../net/engine-client.ts';
import { tokenizeBody } from '../target/chat.ts';
import type { EngineProfile } from '../target/engine-profile.ts';
import type { TrialOptions } from './trial.ts';

/** One prompt's tokens by every engine of a kind that tokenizes chats. */
export interface TokenTrial {
  ids: ReadonlyMap<string, Attempt<readonly number[]>>;
  maxModelLength: number | null;
}

export async function tokenizeEverywhere(
  prompt: string,
  options: Pick<TrialOptions, 'targets' | 'profiles' | 'clock' | 'signal'>,
): Promise<TokenTrial> {
  const { targets, profiles, clock, signal } = options;
  const body = tokenizeBody(targets.model, prompt);
  let maxModelLength: number | null = null;
  const ask = async ({ engine }: EngineProfile): Promise<readonly number[]> => {
    const { access } = targets;
    const client = new EngineClient({ baseUrl: engine.url, clock, access, connectionsMax: 2 });
    try {
      const found = await client.tokenize(body, { timeoutMs: targets.timeoutMs, signal });
      maxModelLength = Math.min(found.maxModelLength ?? Infinity, maxModelLength ?? Infinity);
      return found.tokens;
    } finally {
      await client.close();
    }
  };
  const asked = profiles.filter(({ kind }) => kind.tokenizesChat !== false);
  const ids = await Promise.all(
    asked.map(async (it) => [it.engine.id, await attempt(() => ask(it))] as const),
  );
  return {
    ids: new Map(ids),
    maxModelLength: maxModelLength === Infinity ? null : maxModelLength,
  };
}

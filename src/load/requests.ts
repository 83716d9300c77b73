import type { LoadRequest } from './attempt.ts';
import type { Prompt } from './prompts.ts';
import type { RequestSource } from './run-load.ts';

export interface RequestShape {
  model: string;
  maxTokens: number;
  stream: boolean;
  /** Further members of every body, for example `cache_salt`. */
  extra?: Readonly<Record<string, unknown>>;
}

/** Serialises prompts into chat completions bodies; a prompt repeated at once is serialised once. */
export function requestSource(next: () => Prompt | undefined, shape: RequestShape): RequestSource {
  let lastPrompt: Prompt | undefined;
  let lastBody: Uint8Array | undefined;
  return (): LoadRequest | undefined => {
    const prompt = next();
    if (prompt === undefined) return undefined;
    const isRepeat = prompt === lastPrompt && lastBody !== undefined;
    const body = isRepeat ? lastBody! : Buffer.from(JSON.stringify(chatBody(prompt, shape)));
    lastPrompt = prompt;
    lastBody = body;
    return { body, group: prompt.group, session: prompt.session };
  };
}

/** Temperature 0: the arms of an experiment must not differ by chance. */
export function chatBody(prompt: Prompt, shape: RequestShape): Record<string, unknown> {
  return {
    model: shape.model,
    messages: prompt.messages,
    max_tokens: prompt.outputTokens ?? shape.maxTokens,
    temperature: 0,
    ...(shape.stream && { stream: true, stream_options: { include_usage: true } }),
    ...shape.extra,
  };
}

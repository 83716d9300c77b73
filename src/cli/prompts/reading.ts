import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { profileCalled } from '../../../mocks/fleet/engine-profile.ts';
import { analyzePrompts } from '../../prompts/analyze.ts';
import { type PrefillCost, prefillCost } from '../../prompts/prefill-cost.ts';
import { openPrompts, type PromptSource } from '../../prompts/read/source.ts';
import { readPrompts } from '../../prompts/read/read-prompts.ts';
import type { PromptsResult } from '../../prompts/result.ts';
import { builtInTokenizer } from '../../prompts/tokens/built-in.ts';
import { engineTokenizer } from '../../prompts/tokens/engine.ts';
import { folderTokenizer } from '../../prompts/tokens/hugging-face.ts';
import type { PromptTokenizer } from '../../prompts/tokens/tokenizer.ts';
import { accessOf } from '../../target/access.ts';
import type { CliContext } from '../shell/context.ts';
import { wholeNumber } from '../shell/options.ts';

/** How prompts are read. */
export interface ReadingFlags {
  tokenizer?: string;
  apiKeyEnv?: string;
  showText?: boolean;
  profile?: string;
}

/** How they are counted. */
export interface CountingFlags {
  blockSize?: string;
  tokensPerId?: string;
}

/** Tokens per block or id; no engine has larger blocks. */
const RANGE = { min: 1, max: 65_536 };

/** Runs `work` with the tokenizer that the flags ask for. */
export async function withTokenizer<T>(
  { tokenizer: given, apiKeyEnv }: ReadingFlags,
  { env, cwd, signal }: CliContext,
  work: (tokenizer: PromptTokenizer) => Promise<T>,
): Promise<T> {
  if (given === undefined) return work(builtInTokenizer);
  const folder = resolve(cwd, given);
  // What has a port is meant for a server, whose scheme was forgotten.
  const isServer = /^https?:/i.test(given) || (/:\d/.test(given) && !existsSync(folder));
  if (!isServer) return work(await folderTokenizer(folder, given));
  const engine = engineTokenizer(given, accessOf({ apiKeyEnv }, { env, cwd }), signal);
  try {
    return await work(engine.tokenizer);
  } finally {
    await engine.close();
  }
}

/** `-` is standard input. @throws KvcacheError FILE_UNREADABLE (kind usage) */
export function sourceOf(file: string, { cwd, stdin }: CliContext): PromptSource {
  return file === '-' ? { path: '-', chunks: stdin() } : openPrompts(resolve(cwd, file), file);
}

/** What the prompts of a file come to. */
export async function resultOf(
  file: string,
  flags: ReadingFlags & CountingFlags,
  context: CliContext,
): Promise<PromptsResult> {
  const blockSize = numberFrom('--block-size', flags.blockSize);
  const tokensPerId = numberFrom('--tokens-per-id', flags.tokensPerId);
  const cost = costOf(flags, context);
  const prompts = await readPrompts(sourceOf(file, context), tokensPerId);
  return withTokenizer(flags, context, (tokenizer) =>
    analyzePrompts(prompts, {
      source: file,
      tokenizer,
      blockSize,
      showsText: flags.showText === true,
      cost,
      signal: context.signal,
    }),
  );
}

export function numberFrom(flag: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : wholeNumber(flag, RANGE)(text);
}

/** Of lost tokens, with the profile of `--profile`. @throws KvcacheError as `profileCalled` (kind usage) */
export function costOf(
  { profile }: ReadingFlags,
  { cwd }: Pick<CliContext, 'cwd'>,
): PrefillCost | undefined {
  if (profile === undefined) return undefined;
  return prefillCost({ ...profileCalled(profile, cwd, '--profile'), name: profile });
}

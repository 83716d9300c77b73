import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { profileCalled } from '../../../mocks/fleet/engine-profile.ts';
import type { EngineProfile } from '../../../mocks/profiles/profile.ts';
import type { Shard } from '../../base/shard.ts';
import { analyzePrompts } from '../../prompts/analyze.ts';
import { PromptsPart } from '../../prompts/part.ts';
import { prefillCost } from '../../prompts/prefill-cost.ts';
import { openPrompts, type PromptSource } from '../../prompts/read/source.ts';
import { readPrompts } from '../../prompts/read/read-prompts.ts';
import type { PromptsResult } from '../../prompts/result.ts';
import { builtInTokenizer } from '../../prompts/tokens/built-in.ts';
import { engineTokenizer } from '../../prompts/tokens/engine.ts';
import { folderTokenizer } from '../../prompts/tokens/hugging-face.ts';
import type { PromptTokenizer } from '../../prompts/tokens/tokenizer.ts';
import { accessOf } from '../../target/access.ts';
import type { CliContext } from '../shell/context.ts';
import type { CountingFlags, ReadingFlags } from './flags.ts';

/** Runs `work` with the tokenizer that the flags ask for. */
export async function withTokenizer<T>(
  { tokenizer: given, apiKeyEnv }: ReadingFlags,
  { env, cwd, signal }: CliContext,
  work: (tokenizer: PromptTokenizer) => Promise<T>,
): Promise<T> {
  if (given === undefined) return work(builtInTokenizer);
  if (!isServer(given, cwd)) return work(await folderTokenizer(resolve(cwd, given), given));
  const engine = engineTokenizer(given, accessOf({ apiKeyEnv }, { env, cwd }), signal);
  try {
    return await work(engine.tokenizer);
  } finally {
    await engine.close();
  }
}

/** Whether a tokenizer is an engine; what has a port is meant for one, whose scheme was forgotten. */
export function isServer(tokenizer: string, cwd: string): boolean {
  if (/^https?:/i.test(tokenizer)) return true;
  return /:\d/.test(tokenizer) && !existsSync(resolve(cwd, tokenizer));
}

/** `-` is standard input. @throws KvcacheError FILE_UNREADABLE (kind usage) */
export function sourceOf(file: string, { cwd, stdin }: CliContext): PromptSource {
  return file === '-' ? { path: '-', chunks: stdin() } : openPrompts(resolve(cwd, file), file);
}

/** What the prompts of a file come to; of a shard, with the breaks of its part. */
export async function resultOf(
  file: string,
  flags: ReadingFlags & CountingFlags,
  context: CliContext,
  shard?: Shard,
): Promise<PromptsResult> {
  const { tokenizer: given, blockSize, tokensPerId, showText: showsText } = flags;
  const profile = profileOf(flags, context);
  const settings = { given, blockSize, tokensPerId, showsText, profile };
  const part = shard && new PromptsPart(shard, settings);
  const source = sourceOf(file, context);
  const prompts = await readPrompts(part?.seeing(source) ?? source, tokensPerId);
  return withTokenizer(flags, context, (tokenizer) =>
    analyzePrompts(prompts, {
      source: file,
      tokenizer,
      blockSize,
      showsText,
      cost: profile && prefillCost(profile),
      part,
      signal: context.signal,
    }),
  );
}

/** The profile of `--profile`. @throws KvcacheError as `profileCalled` (kind usage) */
export function profileOf(
  { profile }: ReadingFlags,
  { cwd }: Pick<CliContext, 'cwd'>,
): EngineProfile | undefined {
  if (profile === undefined) return undefined;
  return { ...profileCalled(profile, cwd, '--profile'), name: profile };
}

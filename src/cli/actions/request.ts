import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { KvcacheError, messageOf } from '../../base/errors.ts';
import { parseOrigin, redactUrl } from '../../base/origin.ts';
import { type RequestPlan, sendRequests } from '../../request/request.ts';
import { variable } from '../../stack/environment.ts';
import type { RequestFlags } from '../commands/request.ts';
import type { CliContext } from '../context.ts';
import { type ExitCode, exitCodeOfOutcome } from '../exit-codes.ts';
import { requestDocument } from '../request-document.ts';
import { RequestNarrator } from '../request-text.ts';
import { type Sourced, sourced } from '../value-source.ts';

const MOCK_PROMPT =
  'Please explain how the KV cache of a language model is shared between requests.';

/** `kvcache request`: one prompt N times, who served each, and what was expected of it. */
export async function request(flags: RequestFlags, context: CliContext): Promise<ExitCode> {
  const { env, clock, signal } = context;
  const isMock = modeOf(flags, context) === 'mock';
  const target = targetOf(flags, context, isMock);
  const plan: RequestPlan = {
    url: parseOrigin(target.url.value, target.url.source).url,
    model: target.model.value,
    prompt: await promptOf(flags, context),
    count: flags.count ?? (isMock ? 2 : 1),
    pauseMs: flags.pause,
    stream: flags.stream === true,
    maxTokens: flags.maxTokens,
    headers: authorization(flags, context),
    timeoutMs: flags.timeout,
    expectations: { servedBy: flags.expectServedBy, cachedTokensMin: flags.expectCachedTokens },
    backends: isMock ? backendsOf(env) : undefined,
  };
  const narrator = new RequestNarrator(flags, context);
  narrator.target([
    { name: 'url', value: redactUrl(plan.url), source: target.url.source },
    { name: 'model', ...target.model },
  ]);
  const result = await sendRequests(plan, {
    clock,
    signal,
    onExchange: (exchange, number) => narrator.exchange(exchange, number),
  });
  narrator.result(result);
  const exitCode = exitCodeOfOutcome(result.outcome);
  if (flags.json) {
    context.stdout.write(`${JSON.stringify(requestDocument(plan, result, exitCode))}\n`);
  }
  return exitCode;
}

function modeOf(flags: RequestFlags, { env }: CliContext): 'mock' | 'real' {
  if (flags.mode !== undefined) return flags.mode;
  const named = flags.url ?? flags.model ?? variable(env, 'MODEL_NAME');
  return named === undefined ? 'mock' : 'real';
}

function targetOf(
  flags: RequestFlags,
  { env }: CliContext,
  isMock: boolean,
): { url: Sourced; model: Sourced } {
  const port = isMock ? 18_888 : 18_889;
  const url = {
    flag: '--url',
    given: flags.url,
    variable: 'PIXIU_URL',
    fallback: `http://127.0.0.1:${port}`,
  };
  const model = {
    flag: '--model',
    given: flags.model,
    variable: 'MODEL_NAME',
    fallback: isMock ? 'mock-model' : 'Qwen2.5-3B-Instruct',
  };
  return { url: sourced(url, env), model: sourced(model, env) };
}

function backendsOf(env: CliContext['env']): NonNullable<RequestPlan['backends']> {
  const place = (title: string, name: string, port: number) => ({
    title,
    url: parseOrigin(variable(env, name) ?? `http://127.0.0.1:${port}`, name).url,
  });
  return {
    controller: place('mock controller', 'CONTROLLER_URL', 18_081),
    engineA: place('mock engine A', 'ENGINE_A_URL', 18_091),
    engineB: place('mock engine B', 'ENGINE_B_URL', 18_092),
  };
}

async function promptOf(flags: RequestFlags, context: CliContext): Promise<string> {
  if (flags.prompt !== undefined) return flags.prompt;
  if (flags.promptFile === undefined) return MOCK_PROMPT;
  if (flags.promptFile === '-') return context.readStdin();
  const path = resolve(context.cwd, flags.promptFile);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new KvcacheError({
      kind: 'usage',
      code: 'PROMPT_UNREADABLE',
      message: `The prompt file cannot be read: ${messageOf(error)}.`,
      where: path,
      remedy: 'Correct the path, or give the prompt with --prompt.',
      cause: error,
    });
  }
}

function authorization(flags: RequestFlags, { env }: CliContext): Record<string, string> {
  if (flags.apiKeyEnv === undefined) return {};
  const key = variable(env, flags.apiKeyEnv);
  if (key !== undefined) return { authorization: `Bearer ${key}` };
  throw new KvcacheError({
    kind: 'usage',
    code: 'API_KEY_UNSET',
    message: `The environment variable ${flags.apiKeyEnv} of --api-key-env is not set.`,
    remedy: 'Export it, or name the variable that holds the key.',
  });
}

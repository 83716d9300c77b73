import { printableJson } from '../../base/printable.ts';
import { formatCount } from '../../base/figures.ts';
import { variable } from '../../base/environment.ts';
import { resolve } from 'node:path';
import { codeOf, KvcacheError, retold } from '../../base/errors.ts';
import { parseOrigin, redactUrl } from '../../base/origin.ts';
import { readTextFile, TEXT_BYTES_MAX } from '../../base/text-file.ts';
import { type RequestPlan, sendRequests } from './request.ts';
import { type JudgedFact, quiet } from '../../report/judged-fact.ts';
import { SAMPLE_PROMPT } from '../../run/mock-scenario.ts';
import { type BackendRole, CONTROLLER, ENGINE_A, ENGINE_B } from '../../stack/backends.ts';
import type { Access } from '../../net/access.ts';
import { type AccessFlags, accessOf } from '../../target/access.ts';
import { AUTO_MODEL } from '../../target/flags.ts';
import { SAMPLE_MODEL } from '../../target/settings.ts';
import { refuseForwardProxy } from '../../target/forward-proxy.ts';
import type { CliContext } from '../shell/context.ts';
import { type ExitCode, exitCodeOfOutcome } from '../shell/exit-codes.ts';
import { firstModel } from '../load/target.ts';
import { requestDocument } from './document.ts';
import { RequestNarrator } from './text.ts';
import { tellInsecure } from '../shell/insecure.ts';
import { type Sourced, sourced } from '../shell/value-source.ts';
import type { OutputFlags } from '../shell/options.ts';

export interface RequestFlags extends OutputFlags, AccessFlags {
  mode?: 'mock' | 'real';
  url?: string;
  model?: string;
  prompt?: string;
  promptFile?: string;
  count?: number;
  pause: number;
  stream?: boolean;
  maxTokens?: number;
  timeout: number;
  expectServedBy?: string;
  expectCachedTokens?: number;
}

/** As `load` asks for: without a bound a real engine writes until its context is full. */
const MAX_TOKENS = 16;

/** `kvcache request`: one prompt N times, who served each, and what was expected of it. */
export async function request(flags: RequestFlags, context: CliContext): Promise<ExitCode> {
  const { env, clock, signal } = context;
  const isMock = modeOf(flags, context) === 'mock';
  const url = urlOf(flags, context, isMock);
  const baseUrl = parseOrigin(url.value, url.source).url;
  tellInsecure(flags, context);
  const access = accessOf(flags, context);
  refuseForwardProxy(env, baseUrl);
  const model = modelOf(flags, context, isMock) ?? (await askedModel(baseUrl, access, signal));
  const plan: RequestPlan = {
    url: baseUrl,
    model: model.value,
    prompt: await promptOf(flags, context),
    count: flags.count ?? (isMock ? 2 : 1),
    pauseMs: flags.pause,
    stream: flags.stream === true,
    maxTokens: flags.maxTokens ?? (isMock ? undefined : MAX_TOKENS),
    access,
    timeoutMs: flags.timeout,
    expectations: { servedBy: flags.expectServedBy, cachedTokensMin: flags.expectCachedTokens },
    backends: isMock ? backendsOf(env) : undefined,
  };
  const narrator = new RequestNarrator(flags, context);
  narrator.target(askedFacts(plan, { url, model }, flags.verbose === true));
  const result = await sendRequests(plan, {
    clock,
    signal,
    onAnswer: (answer, number) => narrator.answer(answer, number),
  }).catch((error: unknown) => {
    throw isMock ? withoutSample(error) : error;
  });
  narrator.result(result);
  const exitCode = exitCodeOfOutcome(result.outcome);
  if (flags.json) {
    context.stdout.write(`${printableJson(requestDocument(plan, result, exitCode))}\n`);
  }
  return exitCode;
}

/** Who named no address meant the sample, which may not be up, or is not what answers there. */
function withoutSample(error: unknown): unknown {
  if (!(error instanceof KvcacheError) || !['UNREACHABLE', 'RESET_FAILED'].includes(error.code)) {
    return error;
  }
  const remedy =
    'Bring the sample up with "kvcache run mock --keep", or name what to ask with --url.';
  return retold(error, { remedy });
}

/** What is asked, and with -v who said so. */
function askedFacts(
  { url, model, prompt, count, stream, maxTokens }: RequestPlan,
  told: { url: Sourced; model: Sourced },
  isVerbose: boolean,
): JudgedFact[] {
  const source = (it: Sourced): string => (isVerbose ? ` (${it.source})` : '');
  const bound = maxTokens === undefined ? '' : `, at most ${maxTokens} output tokens`;
  return [
    quiet('target', redactUrl(url) + source(told.url)),
    quiet('model', model + source(told.model)),
    quiet(
      'workload',
      `one prompt of ${formatCount(prompt.length)} characters, ${count} ${count === 1 ? 'time' : 'times'}${stream ? ', streamed' : ''}${bound}`,
    ),
  ];
}

function modeOf(flags: RequestFlags, { env }: CliContext): 'mock' | 'real' {
  if (flags.mode !== undefined) return flags.mode;
  const named = flags.url ?? flags.model ?? variable(env, 'MODEL_NAME');
  return named === undefined ? 'mock' : 'real';
}

function urlOf(flags: RequestFlags, { env }: CliContext, isMock: boolean): Sourced {
  const fallback = `http://127.0.0.1:${isMock ? 18_888 : 18_889}`;
  return sourced({ flag: '--url', given: flags.url, variable: 'PIXIU_URL', fallback }, env);
}

/** Undefined when nobody names one: the server is asked. */
function modelOf(flags: RequestFlags, { env }: CliContext, isMock: boolean): Sourced | undefined {
  const fallback = isMock ? 'mock-model' : AUTO_MODEL;
  const named = { flag: '--model', given: flags.model, variable: 'MODEL_NAME', fallback };
  const model = sourced(named, env);
  return model.value === AUTO_MODEL ? undefined : model;
}

/** A gateway often passes on the completions alone, and then it cannot say which model it serves. */
async function askedModel(url: string, access: Access, signal: AbortSignal): Promise<Sourced> {
  try {
    return { value: await firstModel(url, { access, signal }), source: '/v1/models' };
  } catch (error) {
    if (codeOf(error) !== 'NO_SUCH_ROUTE') throw error;
    return { value: SAMPLE_MODEL, source: 'default; no /v1/models here' };
  }
}

function backendsOf(env: CliContext['env']): NonNullable<RequestPlan['backends']> {
  const place = ({ title, defaultPort }: BackendRole, name: string) => ({
    title,
    url: parseOrigin(variable(env, name) ?? `http://127.0.0.1:${defaultPort}`, name).url,
  });
  return {
    controller: place(CONTROLLER, 'CONTROLLER_URL'),
    engineA: place(ENGINE_A, 'ENGINE_A_URL'),
    engineB: place(ENGINE_B, 'ENGINE_B_URL'),
  };
}

async function promptOf(flags: RequestFlags, context: CliContext): Promise<string> {
  if (flags.prompt !== undefined) return flags.prompt;
  if (flags.promptFile === undefined) return SAMPLE_PROMPT;
  if (flags.promptFile === '-') return context.readStdin();
  const path = resolve(context.cwd, flags.promptFile);
  return readTextFile(path, { shown: flags.promptFile, bytesMax: TEXT_BYTES_MAX });
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { isRecord, type JsonRecord, parseJson, textOf } from '../../base/json.ts';
import {
  findPackage,
  howToInstall,
  importPackage,
  packagePlaces,
} from '../../base/optional-package.ts';
import { promptsError } from '../errors.ts';
import { placeOf, type PromptRequest } from '../request.ts';
import { type ChatTemplate, templateValues } from './chat-template.ts';
import type { PromptTokens, PromptTokenizer } from './tokenizer.ts';

const INSTALL = '@huggingface/tokenizers@0.2 @huggingface/jinja@0.5';

/** As much of the packages as we use. */
interface Tokenizers {
  Tokenizer: new (
    tokenizer: JsonRecord,
    config: JsonRecord,
  ) => { encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] } };
}

interface Jinja {
  Template: new (source: string) => ChatTemplate;
}

/**
 * The tokens a model's own tokenizer and chat template make, from a folder with tokenizer.json and
 * tokenizer_config.json as Hugging Face has them, read by their JavaScript packages.
 * @param shown how reports name the folder
 * @throws KvcacheError TOKENIZER_PACKAGE_MISSING, TOKENIZER_INVALID (kind usage)
 */
export async function folderTokenizer(
  folder: string,
  shown: string,
  places: readonly string[] = packagePlaces(),
): Promise<PromptTokenizer> {
  const tokenizers = findPackage('@huggingface/tokenizers', places);
  const jinja = findPackage('@huggingface/jinja', places);
  if (tokenizers === undefined || jinja === undefined) {
    const remedy = howToInstall(INSTALL, 'tokenizers');
    throw promptsError('TOKENIZER_PACKAGE_MISSING', { remedy });
  }
  const config = jsonIn(folder, 'tokenizer_config.json', shown) ?? {};
  const model = jsonIn(folder, 'tokenizer.json', shown);
  if (model === undefined) throw unusable(shown, 'it has no tokenizer.json');
  const templates = templatesIn(folder, config);
  try {
    const { Tokenizer } = (await importPackage<Tokenizers>(tokenizers)) as Tokenizers;
    const { Template } = (await importPackage<Jinja>(jinja)) as Jinja;
    const tokenizer = new Tokenizer(model, config);
    const encode = (text: string, addsSpecial: boolean): PromptTokens => {
      const { ids } = tokenizer.encode(text, { add_special_tokens: addsSpecial });
      return { ids: Uint32Array.from(ids), textAt: undefined };
    };
    const known = new Map<string, ChatTemplate>();
    const templateOf = (source: string): ChatTemplate => {
      const template = known.get(source) ?? new Template(source);
      known.set(source, template);
      return template;
    };
    const render = (request: PromptRequest): string => {
      const source = sourceFor(request, templates);
      const values = templateValues(request.body, source);
      if (values === undefined) throw refused(request, 'it has more than text');
      return templateOf(source).render({ ...specialTokens(config), ...values });
    };
    return {
      name: shown,
      isEstimated: false,
      tokensOf: (request) => tokensOf(request, { encode, render }),
    };
  } catch (cause) {
    throw unusable(shown, messageOf(cause), cause);
  }
}

interface Means {
  encode: (text: string, addsSpecial: boolean) => PromptTokens;
  render: (request: PromptRequest) => string;
}

function tokensOf(request: PromptRequest, { encode, render }: Means): PromptTokens {
  const { kind, body } = request;
  if (kind === 'completion') {
    const { prompt } = body;
    if (typeof prompt === 'string') return encode(prompt, body['add_special_tokens'] !== false);
    return { ids: Uint32Array.from(prompt as number[]), textAt: undefined };
  }
  // Engines turn the other APIs' bodies into chats in ways of their own.
  if (kind !== 'chat')
    throw refused(request, `it is of the ${kind} API, not a chat or a completion`);
  try {
    return encode(render(request), body['add_special_tokens'] === true);
  } catch (cause) {
    throw isRefusal(cause) ? cause : refused(request, messageOf(cause), cause);
  }
}

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'PROMPTS_NOT_TOKENIZED';

/** By name; `default` is the one for requests without tools, and with them where there is no other. */
function templatesIn(folder: string, config: JsonRecord): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const { chat_template: own } = config;
  if (typeof own === 'string') found.set('default', own);
  for (const it of Array.isArray(own) ? own.filter(isRecord) : []) {
    const [name, template] = [textOf(it['name']), textOf(it['template'])];
    if (name !== null && template !== null) found.set(name, template);
  }
  const file = join(folder, 'chat_template.jinja');
  if (existsSync(file)) found.set('default', readFileSync(file, 'utf8'));
  return found;
}

function sourceFor(request: PromptRequest, templates: ReadonlyMap<string, string>): string {
  const { chat_template: given, tools } = request.body;
  const own = Array.isArray(tools) && tools.length > 0 ? templates.get('tool_use') : undefined;
  const source = textOf(given) ?? own ?? templates.get('default');
  if (source !== undefined) return source;
  throw refused(request, 'the folder has no chat template');
}

/** `bos_token` and the like, as text or as an added token. */
function specialTokens(config: JsonRecord): JsonRecord {
  const texts = Object.entries(config).flatMap(([name, value]) => {
    if (!name.endsWith('_token')) return [];
    const text = isRecord(value) ? value['content'] : value;
    return typeof text === 'string' ? [[name, text]] : [];
  });
  return Object.fromEntries(texts) as JsonRecord;
}

function jsonIn(folder: string, name: string, shown: string): JsonRecord | undefined {
  const file = join(folder, name);
  if (!existsSync(file)) return undefined;
  const value = parseJson(readFileSync(file, 'utf8'));
  if (isRecord(value)) return value;
  throw unusable(shown, `its ${name} is no JSON object`);
}

function unusable(where: string, problem: string, cause?: unknown) {
  const message = `The tokenizer cannot be used: ${problem.split('\n', 1)[0]}.`;
  return promptsError('TOKENIZER_INVALID', { message, where, cause });
}

function refused(request: PromptRequest, why: string, cause?: unknown) {
  return promptsError('PROMPTS_NOT_TOKENIZED', {
    message: `The tokenizer does not take the request: ${why.split('\n', 1)[0]}.`,
    where: placeOf(request),
    remedy: 'Ask an engine that serves the model: --tokenizer URL.',
    cause,
  });
}

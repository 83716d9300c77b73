import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from '@huggingface/jinja';
import { Tokenizer } from '@huggingface/tokenizers';
import { afterAll, describe, expect, it } from 'vitest';
import type { JsonRecord } from '../../../src/base/json.ts';
import type { PromptRequest } from '../../../src/prompts/request.ts';
import { structureOf } from '../../../src/prompts/structure/structure-of.ts';
import { folderTokenizer } from '../../../src/prompts/tokens/hugging-face.ts';

const root = mkdtempSync(join(tmpdir(), 'kvcache-tokenizer-'));
afterAll(() => rmSync(root, { recursive: true }));

const CHATML =
  "{% if tools %}<|im_start|>tools\n{{ tools | tojson }}<|im_end|>\n{% endif %}{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}{% for call in message['tool_calls'] or [] %}{{ call.function.name }}={{ call.function.arguments | tojson }}{% endfor %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

/** Bytes as byte-level tokenizers write them: what cannot be seen gets characters behind the 256th. */
const isShown = (byte: number): boolean =>
  (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
let hidden = 256;
const BYTES = Array.from({ length: 256 }, (_, byte) =>
  String.fromCodePoint(isShown(byte) ? byte : hidden++),
);
const SPACE = BYTES[32]!;

function model(): JsonRecord {
  const special = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
  const pieces = [...special, ...BYTES, 'us', 'er', 'user', `${SPACE}t`];
  return {
    version: '1.0',
    added_tokens: special.map((content, id) => ({ id, content, special: true })),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
      merges: ['u s', 'e r', 'us er', `${SPACE} t`],
    },
  };
}

let made = 0;
function folderWith(files: Record<string, unknown>): string {
  const folder = mkdtempSync(join(root, `${made++}-`));
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const CONFIG = { chat_template: CHATML, eos_token: '<|im_end|>' };
const FOLDER = folderWith({ 'tokenizer.json': model(), 'tokenizer_config.json': CONFIG });

async function idsOf(
  body: JsonRecord,
  { kind = 'chat', folder = FOLDER }: { kind?: PromptRequest['kind']; folder?: string } = {},
): Promise<number[]> {
  const tokenizer = await folderTokenizer(folder, 'the folder');
  const request = { number: 1, file: 'f', line: 7, session: undefined, kind, body };
  const { ids } = await tokenizer.tokensOf(request, structureOf(request));
  return [...ids];
}

const messages = [
  { role: 'system', content: 'Übe, user!' },
  { role: 'user', content: 'the time' },
];

describe("a model's own tokenizer from a folder", () => {
  it('writes a chat with the template and encodes it, special tokens as one', async () => {
    const ids = await idsOf({ messages });
    const text = new Template(CHATML).render({ messages, add_generation_prompt: true });
    expect(text).toBe(
      '<|im_start|>system\nÜbe, user!<|im_end|>\n<|im_start|>user\nthe time<|im_end|>\n<|im_start|>assistant\n',
    );
    expect(new Tokenizer(model(), CONFIG).decode(ids, { skip_special_tokens: false })).toBe(text);
    expect(ids.filter((it) => it < 3)).toEqual([1, 2, 1, 2, 1]);
    const { vocab } = model()['model'] as { vocab: Record<string, number> };
    expect(ids.filter((it) => it === vocab['user'])).toHaveLength(2);
  });

  it('puts tools where the template does, parses arguments, and joins parts of text', async () => {
    const tools = [{ type: 'function', function: { name: 'look' } }];
    const call = { id: 'a', function: { name: 'look', arguments: '{"at": "x"}' } };
    const turns = [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'assistant', content: null, tool_calls: [call] },
    ];
    const body = { messages: turns, tools, add_generation_prompt: false };
    const text = new Tokenizer(model(), CONFIG).decode(await idsOf(body), {
      skip_special_tokens: false,
    });
    expect(text).toBe(
      `<|im_start|>tools\n${new Template('{{ tools | tojson }}').render({ tools })}<|im_end|>\n` +
        '<|im_start|>user\na\nb<|im_end|>\n<|im_start|>assistant\nlook={"at": "x"}<|im_end|>\n',
    );
  });

  it('takes a template from its own file, by name for tools, or from the body', async () => {
    const folder = folderWith({
      'tokenizer.json': model(),
      'tokenizer_config.json': {
        chat_template: [
          { name: 'default', template: 'old' },
          { name: 'tool_use', template: 'tooled' },
        ],
      },
      'chat_template.jinja': 'new',
    });
    const { vocab } = model()['model'] as { vocab: Record<string, number> };
    const idsFor = (text: string): number[] => Array.from(text, (it) => vocab[it]!);
    expect(await idsOf({ messages }, { folder })).toEqual(idsFor('new'));
    expect(await idsOf({ messages, tools: [{}] }, { folder })).toEqual(idsFor('tooled'));
    expect(await idsOf({ messages, chat_template: 'abc' }, { folder })).toEqual(idsFor('abc'));
  });

  it('takes completions, and leaves token ids as they are', async () => {
    const kind = 'completion';
    expect(await idsOf({ prompt: 'user' }, { kind })).toHaveLength(1);
    expect(await idsOf({ prompt: [5, 6] }, { kind })).toEqual([5, 6]);
  });

  it('refuses what it cannot tell the tokens of, naming the line', async () => {
    const image = [{ type: 'image_url', image_url: { url: 'data:' } }];
    for (const [body, options, why] of [
      [{ messages: [{ role: 'user', content: image }] }, {}, /more than text/],
      [{ messages }, { kind: 'anthropic' }, /anthropic API/],
      [{ messages, chat_template: '{{ raise_exception("no such role") }}' }, {}, /no such role/],
      [{ messages }, { folder: folderWith({ 'tokenizer.json': model() }) }, /no chat template/],
    ] as const) {
      await expect(idsOf(body as unknown as JsonRecord, options)).rejects.toMatchObject({
        code: 'PROMPTS_NOT_TOKENIZED',
        where: 'f:7',
        message: expect.stringMatching(why),
      });
    }
  });

  it('refuses folders and packages that are not there or damaged', async () => {
    for (const [files, why] of [
      [{}, /no tokenizer.json/],
      [{ 'tokenizer.json': '{' }, /tokenizer.json is no JSON object/],
      [{ 'tokenizer.json': { model: { type: 'Unheard' } } }, /cannot be used/],
    ] as const) {
      await expect(folderTokenizer(folderWith(files), 'here')).rejects.toMatchObject({
        code: 'TOKENIZER_INVALID',
        where: 'here',
        message: expect.stringMatching(why),
      });
    }
    const nowhere = [join(root, 'package.json')];
    await expect(folderTokenizer(FOLDER, 'here', nowhere)).rejects.toMatchObject({
      code: 'TOKENIZER_PACKAGE_MISSING',
      remedy: expect.stringContaining('npm install'),
    });
  });
});

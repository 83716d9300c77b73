import type { JsonRecord } from '../../base/json.ts';
import type { PromptRoot } from './structure.ts';

/** Where engines take the name of an adapter: SGLang, TGI, and servers in front of vLLM. */
const LORA_NAMES = [
  'lora_path',
  'lora_name',
  'lora_id',
  'lora_request',
  'lora_adapter',
  'lora',
  'adapter_id',
  'adapter',
];
/** Of vLLM and TensorRT-LLM; of SGLang. */
const SALT_NAMES = ['cache_salt', 'extra_key'];
/** What changes how a template writes a prompt, or what processors make of it. */
const SETTING_NAMES = [
  'chat_template',
  'chat_template_kwargs',
  'reasoning_effort',
  'documents',
  'mm_processor_kwargs',
  'add_special_tokens',
];

export function rootOf(body: JsonRecord): PromptRoot {
  const lora = LORA_NAMES.filter((name) => isGiven(body[name])).map((name) => plain(body[name]));
  const settings = SETTING_NAMES.filter((name) => isGiven(body[name]));
  return {
    model: isGiven(body['model']) ? plain(body['model']) : '',
    lora: lora.join(' '),
    salt: SALT_NAMES.filter((name) => isGiven(body[name]))
      .map((name) => plain(body[name]))
      .join(' '),
    settings:
      settings.length === 0
        ? ''
        : JSON.stringify(Object.fromEntries(settings.map((name) => [name, body[name]]))),
  };
}

/** One text for all of it. */
export function rootKey({ model, lora, salt, settings }: PromptRoot): string {
  return `${model}\0${lora}\0${salt}\0${settings}`;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

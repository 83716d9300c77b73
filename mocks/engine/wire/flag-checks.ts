import { isRecord, type JsonRecord } from '../../../src/base/json.ts';
import type { CompletionKind } from './completion-fields.ts';
import { stringAt } from './body-members.ts';
import type { EngineSettings } from './settings.ts';
import type { VllmDialect } from './vllm-version.ts';
import { badRequest, type WireError } from './wire-error.ts';

/** What needs a flag that the engine was not started with, or a model that no mock has. */
export function checkFlags(
  kind: CompletionKind,
  body: JsonRecord,
  { dialect, takesTools }: Pick<EngineSettings, 'dialect' | 'takesTools'>,
): WireError | undefined {
  return kind === 'chat'
    ? ((takesTools ? undefined : checkToolParser(body)) ?? checkTemplate(body))
    : checkSuffix(body, dialect);
}

function checkToolParser({ tool_choice: choice, tools }: JsonRecord): WireError | undefined {
  if (isRecord(choice) || choice === 'required') {
    const called = isRecord(choice) ? `function "${calledName(choice)}"` : '"required"';
    return badRequest(`tool_choice=${called} requires --tool-call-parser to be set`);
  }
  // Tools without a word on them are for the model to choose from.
  return choice === 'auto' || (choice === undefined && Array.isArray(tools))
    ? badRequest(
        '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
      )
    : undefined;
}

function calledName(choice: JsonRecord): string {
  const { function: called } = choice;
  return (isRecord(called) && stringAt(called, 'name')) || '';
}

function checkTemplate({ chat_template: template }: JsonRecord): WireError | undefined {
  return typeof template === 'string'
    ? badRequest(
        'Chat template is passed with request, but --trust-request-chat-template is not set. Refused request with untrusted chat template.',
      )
    : undefined;
}

function checkSuffix({ suffix }: JsonRecord, { errorWords }: VllmDialect): WireError | undefined {
  if (typeof suffix !== 'string') return undefined;
  if (errorWords === 'full') {
    return badRequest(
      'suffix is only supported for models with FIM completion rendering',
      'suffix',
    );
  }
  return suffix === '' ? undefined : badRequest('suffix is not currently supported', 'suffix');
}

import { bodies } from './bodies.ts';
import type { PromptForm } from './form.ts';
import { otel } from './otel.ts';
import { shareGpt } from './share-gpt.ts';

/** The first that owns a file reads it. */
export const PROMPT_FORMS: readonly PromptForm[] = [otel, shareGpt, bodies];

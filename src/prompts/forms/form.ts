import type { JsonRecord } from '../../base/json.ts';
import type { PromptDraft } from '../request.ts';

/** One form of file that holds prompts. Adding one is a file here and a row in `forms.ts`. */
export interface PromptForm {
  name: string;
  /** Whether a file is of this form, by the members of its first entry. */
  owns(first: JsonRecord): boolean;
  /** The requests of an entry, none for one that asks no model; undefined where the entry is not of this form. */
  read(entry: JsonRecord): PromptDraft[] | undefined;
}

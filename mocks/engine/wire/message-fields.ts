import { fieldProblem, type FieldReader, isObject, missing, readItems } from './fields.ts';

/**
 * A chat's messages. vLLM tells what a wrong one lacks to be each of the eight kinds of message
 * there are; here only what it lacks to be any.
 */
export const readMessages: FieldReader = (value, loc) => {
  if (Array.isArray(value) && value.every(isMessage)) return { value };
  return readItems(value, loc, readMessage);
};

const readMessage: FieldReader = (value, loc) => {
  if (isMessage(value)) return { value };
  if (!isObject(value)) {
    const msg = 'Input should be a valid dictionary';
    return { problems: [fieldProblem('dict_type', msg, { loc, input: value })] };
  }
  const { role, content } = value;
  if (role === undefined) return { problems: [missing([...loc, 'role'], value)] };
  const [name, input] = typeof role === 'string' ? ['content', content] : ['role', role];
  const at = { loc: [...loc, name], input };
  return { problems: [fieldProblem('string_type', 'Input should be a valid string', at)] };
};

function isMessage(value: unknown): boolean {
  if (!isObject(value) || typeof value['role'] !== 'string') return false;
  const { role, content } = value;
  if (content === undefined || typeof content === 'string' || Array.isArray(content)) return true;
  return content === null && role === 'assistant';
}

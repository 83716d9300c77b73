import { isRecord } from '../../../src/base/json.ts';
import { listOf, missing, Problems, type Reader, wrong } from '../../python/pydantic.ts';

/**
 * A chat's messages. vLLM tells what a wrong one lacks to be each of the eight kinds of message
 * there are; here only what it lacks to be any.
 */
export const readMessages: Reader = (value, loc) =>
  Array.isArray(value) && value.every(isMessage) ? value : readList(value, loc);

const readList = listOf((value, loc) => {
  if (isMessage(value)) return value;
  if (!isRecord(value)) {
    return wrong('dict_type', 'Input should be a valid dictionary', { loc, input: value });
  }
  const { role } = value;
  if (role === undefined) return new Problems([missing([...loc, 'role'], value)]);
  const at = typeof role === 'string' ? 'content' : 'role';
  return wrong('string_type', 'Input should be a valid string', {
    loc: [...loc, at],
    input: value[at],
  });
});

function isMessage(value: unknown): boolean {
  if (!isRecord(value) || typeof value['role'] !== 'string') return false;
  const { role, content } = value;
  if (content === undefined || typeof content === 'string' || Array.isArray(content)) return true;
  return content === null && role === 'assistant';
}

import { fault } from '../fault.ts';
import { ANYTHING, COUNT, optional, whole } from '../members.ts';

/** Answers at once with this status; `body` is sent as it is. */
export const status = fault<{ code: number; body?: unknown; retryAfter?: number }>({
  parameters: { code: whole(200, 599), body: ANYTHING, retryAfter: optional(COUNT) },
  finalStatus: ({ code }) => code,
  request: ({ code, body = defaultBody(code), retryAfter }, { reply }) => {
    const isText = typeof body === 'string';
    const fields = ['content-type', isText ? 'text/plain; charset=utf-8' : 'application/json'];
    if (retryAfter !== undefined) fields.push('retry-after', String(retryAfter));
    reply.send(code, fields, isText ? body : JSON.stringify(body));
  },
});

function defaultBody(code: number): object {
  return { error: { message: 'Injected failure', type: 'InjectedFault', param: null, code } };
}

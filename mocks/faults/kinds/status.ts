import { fault } from '../fault.ts';
import { anyValue, integer, optional, required } from '../../../src/schema/describe.ts';

/** Answers at once with this status; `body` is sent as it is. */
export const status = fault({
  parameters: {
    code: required(integer('HTTP status.', 200, { min: 200, max: 599 })),
    body: anyValue('Text as it is, anything else as JSON.'),
    retryAfter: optional(integer('Seconds.', 0)),
  },
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

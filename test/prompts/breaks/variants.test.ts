import { describe, expect, it } from 'vitest';
import { analyzed } from '../prompt-files.ts';

type Message = Record<string, unknown>;

const sys = (x: string) =>
  `You help with trains. ${x} Be brief and kind to everybody who asks, and name the rule you follow. Do not promise anything the office did not confirm.`;
const conv = (
  s: string,
  n = 3,
  edit: (messages: Message[]) => Message[] = (messages) => messages,
) => ({
  model: 'm',
  messages: edit([
    { role: 'system', content: s },
    ...Array.from({ length: n }, (_, i) => [
      {
        role: 'user',
        content: `Question number ${'abcdef'[i]}: how does the brake of a wagon on track ${'klmnop'[i]} work in winter?`,
      },
      {
        role: 'assistant',
        content: `It works by pressure of air and ${'pads shoes discs rods springs'.split(' ')[i]} that press on the wheel, also in winter.`,
      },
    ])
      .flat()
      .slice(0, -1),
  ]),
});
/** The first answer calls a function. */
const withCall = (more: object) => (messages: Message[]) =>
  messages.map((it, at) =>
    at === 2
      ? { ...it, tool_calls: [{ ...more, id: 'a', function: { name: 'f', arguments: '{}' } }] }
      : it,
  );
const CHANGES: Record<string, [earlier: object, later: object, culprit: string | null]> = {
  iso: [
    conv(sys('Now: 2026-11-30T09:14:22Z.')),
    conv(sys('Now: 2026-11-30T09:14:23Z.'), 4),
    'time',
  ],
  isodate: [
    conv(sys('Now: 2026-11-30T09:14:22Z.')),
    conv(sys('Now: 2026-12-01T09:14:22Z.'), 4),
    'date',
  ],
  weekday: [
    conv(sys('Today is Monday, November 30, 2026.')),
    conv(sys('Today is Tuesday, December 1, 2026.'), 4),
    'date',
  ],
  isoweek: [conv(sys('Plan 2026-W27.')), conv(sys('Plan 2026-W28.'), 4), 'date'],
  address: [conv(sys('From 10.0.31.17.')), conv(sys('From 10.0.31.18.'), 4), 'counter'],
  version: [conv(sys('Build v1.2.30.')), conv(sys('Build v1.2.31.'), 4), 'counter'],
  entity: [conv(sys('Café & yard.')), conv(sys('Caf&#233; &amp; yard.'), 4), 're-encoded'],
  named: [conv(sys('Café – yard.')), conv(sys('Caf&eacute; &ndash; yard.'), 4), 're-encoded'],
  percent: [conv(sys('See /a b/é.')), conv(sys('See /a%20b/%C3%A9.'), 4), 're-encoded'],
  latin1: [conv(sys('Café Müller.')), conv(sys('CafÃ© MÃ¼ller.'), 4), 're-encoded'],
  noentity: [conv(sys('a &bogus; b')), conv(sys('a &other; b'), 4), 'other-text'],
  callindex: [conv(sys('x'), 3, withCall({})), conv(sys('x'), 4, withCall({ index: 0 })), null],
  epoch: [conv(sys('ts=1764495854')), conv(sys('ts=1764495901'), 4), 'time'],
  ampm: [conv(sys('It is 9:14 AM.')), conv(sys('It is 10:02 AM.'), 4), 'time'],
  base64: [
    conv(sys('Nonce: aGVsbG8gd29ybGQ5.')),
    conv(sys('Nonce: Zm9vYmFyYmF6MTIz.'), 4),
    'random-id',
  ],
  reqid: [conv(sys('id req_9fKx2LmQ7a')), conv(sys('id req_b3TzP0vW4c'), 4), 'random-id'],
  trunc: [conv(sys('x'), 4), conv(sys('x'), 5, (m) => [m[0]!, ...m.slice(3)]), 'history-truncated'],
  trunc2: [
    conv(sys('x'), 4),
    conv(sys('x'), 5, (m) => [
      m[0]!,
      { role: 'user', content: 'Summary: we spoke of brakes.' },
      ...m.slice(5),
    ]),
    'history-truncated',
  ],
  inserted: [
    conv(sys('x'), 3),
    conv(sys('x'), 4, (m) => [
      m[0]!,
      { role: 'system', content: 'Reminder: be brief.' },
      ...m.slice(1),
    ]),
    'turn-inserted',
  ],
  edited: [
    conv(sys('x'), 3),
    conv(sys('x'), 4, (m) => {
      m[2] = {
        role: 'assistant',
        content:
          'Something wholly different was said here about signals, whistles and a very long story of a journey by night.',
      };
      return m;
    }),
    'turn-edited',
  ],
  tab: [conv(sys('a b c')), conv(sys('a\tb c'), 4), 'whitespace'],
  think: [
    conv(sys('x'), 3, (m) => {
      m[2]!['content'] = `<think>hm, let me see about that</think>${String(m[2]!['content'])}`;
      return m;
    }),
    conv(sys('x'), 4),
    'reasoning-dropped',
  ],
  arabic: [conv(sys('Rule 3 applies.')), conv(sys('Rule ٣ applies.'), 4), 'locale-digits'],
  group: [
    conv(sys('We have 1 234 wagons.')),
    conv(sys('We have 1,234 wagons.'), 4),
    'locale-digits',
  ],
  sysrewritten: [
    conv(sys('Speak as a pirate.')),
    conv(sys('Talk like a lawyer.'), 4),
    'other-text',
  ],
  bare: [{ prompt: sys('Now 09:14.') }, { prompt: sys('Now 09:15.') }, 'time'],
  otherconv: [
    conv(sys('x'), 3),
    conv(sys('x'), 3, (m) =>
      m.map((it, i) =>
        i ? { ...it, content: `Tell me of signal ${i} and its lamp at night, in fog.` } : it,
      ),
    ),
    null,
  ],
  lastq: [
    conv(sys('x'), 1),
    conv(sys('x'), 1, (m) => [
      m[0]!,
      {
        role: 'user',
        content: 'Question number z: how does the brake of a wagon on track q work in winter?',
      },
    ]),
    null,
  ],
  regenerated: [
    conv(sys('x'), 3),
    conv(sys('x'), 2, (m) => [...m.slice(0, 2), { role: 'assistant', content: 'By air.' }, m[3]!]),
    null,
  ],
  anthropicCache: [
    {
      system: [{ type: 'text', text: sys('x'), cache_control: { type: 'ephemeral' } }],
      messages: [{ role: 'user', content: 'hi there' }],
    },
    {
      system: [{ type: 'text', text: sys('x') }],
      messages: [{ role: 'user', content: 'hi there' }],
    },
    null,
  ],
};
describe('changes between two requests', () => {
  it.each(Object.entries(CHANGES))('%s', async (_, [earlier, later, culprit]) => {
    const { breaks } = await analyzed([earlier, later]);
    expect(breaks!.worst.map((it) => it.culprit)).toEqual(culprit === null ? [] : [culprit]);
  });
});

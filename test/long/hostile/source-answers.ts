/** JSON of the right kind with the wrong content, and the reason that a request then has. */
export type AnswerRow = readonly [name: string, json: string, reason: string];

/** As many tokens as the prompts of these cases have. */
export const TOKENS = 600;
export const IDS = Array.from({ length: TOKENS }, (_, at) => at);

const tokens = (list: string, more = ''): string =>
  `{"count":1,"max_model_len":9,"tokens":${list}${more}}`;
const ids = (...more: string[]): string => `[${[...IDS.slice(0, 9), ...more].join(',')}]`;

const BAD_TOKENS: readonly (readonly [name: string, json: string])[] = [
  ['null', 'null'],
  ['a number', '42'],
  ['a list', '[1,2,3]'],
  ['no tokens', '{"count":3}'],
  ['tokens that are null', tokens('null')],
  ['tokens that are a text', tokens('"1,2,3"')],
  ['tokens that are an object', tokens('{"0":1,"length":1}')],
  ['ids that are texts', tokens('["1","2"]')],
  ['ids that are lists', tokens('[[1,2],[3]]')],
  ['ids that are true', tokens('[true,true]')],
  ['ids that are null', tokens('[null,1]')],
  ['half an id', tokens(ids('1.5'))],
  ['an id below nothing', tokens(ids('-1'))],
  ['an id beyond all numbers', tokens(ids('1e400'))],
  ['an id of 300 digits', tokens(ids('9'.repeat(300)))],
  ['an id that no number holds exactly', tokens(ids('9007199254740993'))],
  ['ids in a prototype', '{"__proto__":{"tokens":[1,2]}}'],
];

export const TOKENIZER_ANSWERS: readonly AnswerRow[] = [
  ...BAD_TOKENS.map(([name, json]) => [name, json, 'tokenize-failed'] as const),
  ['tokens twice', tokens('["a"]', `,"tokens":[${IDS.join(',')}]`), 'hit'],
  ['a count that is wrong', `{"count":-5,"tokens":[${IDS.join(',')}]}`, 'hit'],
  ['a context below nothing', `{"max_model_len":-1,"tokens":[${IDS.join(',')}]}`, 'hit'],
  ['more than asked for', tokens(`[${IDS.join(',')}]`, `,"x":"${'x'.repeat(100_000)}"`), 'hit'],
];

const layout = (info: string): string => `{"event_id":"e","layout_info":${info}}`;
const held = (id: string, count: string): string => layout(`{"${id}":["ram",${count}]}`);
const many = (count: number): string =>
  layout(`{${Array.from({ length: count }, (_, at) => `"i${at}":["ram",512]`).join(',')}}`);

export const LEGACY_ANSWERS: readonly AnswerRow[] = [
  ...(
    [
      ['null', 'null'],
      ['a list', '[]'],
      ['another object', '{"object":"list"}'],
      ['a layout that is null', layout('null')],
      ['a layout that is a list', layout('[["b","ram",512]]')],
      ['a layout that is a text', layout('"b"')],
      ['a layout that is a number', layout('512')],
      ['a holding that is null', layout('{"b":null}')],
      ['a holding that is a number', layout('{"b":512}')],
      ['an empty holding', layout('{"b":[]}')],
      ['a place that is a number', layout('{"b":[7,512]}')],
      ['a place that is an object', layout('{"b":[{"a":1},512]}')],
      ['a count that is a text', held('b', '"512"')],
      ['a count that is null', held('b', 'null')],
      ['a count that is a list', held('b', '[512]')],
      ['a count below nothing', held('b', '-512')],
      ['half a token', held('b', '511.5')],
      ['a count beyond all numbers', held('b', '1e400')],
      ['a count of 300 digits', held('b', '9'.repeat(300))],
      ['a count of 1.5e308', held('b', '1.5e308')],
      ['an object for a pair', layout('{"b":{"0":"ram","1":512}}')],
      ['a layout in a prototype', '{"__proto__":{"layout_info":{}}}'],
    ] as const
  ).map(([name, json]) => [name, json, 'wrong-dialect'] as const),
  ['nobody', layout('{}'), 'no-holder'],
  ['no tokens held', held('b', '0'), 'no-holder'],
  ['more than the prompt has', held('b', '1000000000'), 'hit'],
  ['holders whom nobody knows', held('ghost', '512'), 'unknown-instance'],
  ['__proto__ as a holder', held('__proto__', '512'), 'unknown-instance'],
  ['constructor as a holder', held('constructor', '512'), 'unknown-instance'],
  ['an empty name', held('', '512'), 'unknown-instance'],
  ['a name with line breaks', held('b\\r\\nx-pwned: 1', '512'), 'unknown-instance'],
  ['a name of 700 kB', held('n'.repeat(700_000), '512'), 'unknown-instance'],
  ['20,000 holders', many(20_000), 'unknown-instance'],
  ['a holder twice', layout('{"b":["ram",1],"b":["ram",512]}'), 'hit'],
  ['members nobody asked for', `{"layout_info":{"b":["ram",512,"x",{}]},"x":[1,2,3]}`, 'hit'],
];

const key = (hash: string, more = ''): string => `{"chunk_hash_hex":${hash}${more}}`;
const place = (id: string, more = ''): string => `{"instance_id":${id},"tier":"l1"${more}}`;
const result = (places: string, hash = '"h"'): string =>
  `{"key":${key(hash)},"placements":[${places}]}`;
const found = (results: string, chunks = '2'): string =>
  `{"chunks":${chunks},"results":[${results}]}`;

/** Where engine `b` holds both chunks. */
export const DIRECTORY_WELL = found(
  `${result(place('"b"'), '"h1"')},${result(place('"b"'), '"h2"')}`,
);

export const COORDINATOR_ANSWERS: readonly AnswerRow[] = [
  ...(
    [
      ['null', 'null'],
      ['a list', '[]'],
      ['a layout', layout('{}')],
      ['results that are null', '{"chunks":2,"results":null}'],
      ['results that are an object', '{"chunks":2,"results":{}}'],
      ['no number of chunks', '{"results":[]}'],
      ['chunks below nothing', found('', '-1')],
      ['half a chunk', found('', '1.5')],
      ['chunks beyond all numbers', found('', '1e400')],
      ['chunks as a text', found('', '"2"')],
      ['a result that is null', found('null')],
      ['a result that is a number', found('7')],
      ['a key that is a text', found('{"key":"h","placements":[]}')],
      ['no placements', found('{"key":{}}')],
      ['placements that are an object', found('{"key":{},"placements":{}}')],
      ['a placement that is null', found(result('null'))],
      ['a placement that is a text', found(result('"b"'))],
      ['an instance that is a number', found(result(place('7')))],
      ['an instance that is null', found(result(place('null')))],
    ] as const
  ).map(([name, json]) => [name, json, 'wrong-dialect'] as const),
  ['nothing', found('', '0'), 'no-holder'],
  ['nobody', found(result('')), 'no-holder'],
  ['chunks by the billion', found(result(place('"b"')), '1000000000'), 'hit'],
  ['hashes that are no text', found(result(place('"b"'), '[1]')), 'hit'],
  ['no hash', found(`{"key":{},"placements":[${place('"b"')}]}`), 'hit'],
  [
    '10,000 chunks of a prompt that has two',
    found(Array.from({ length: 10_000 }, (_, at) => result(place('"b"'), `"${at}"`)).join(',')),
    'hit',
  ],
  [
    '10,000 places of one chunk',
    found(result(Array.from({ length: 10_000 }, (_, at) => place(`"i${at}"`)).join(','))),
    'unknown-instance',
  ],
  [
    'token ids that are no list',
    found(result(place('"b"')).replace('"placements"', '"token_ids":"x","placements"')),
    'hit',
  ],
  [
    '100,000 token ids of one chunk',
    found(
      `{"key":${key('"h"')},"token_ids":[${'1,'.repeat(100_000)}1],"placements":[${place('"b"')}]}`,
    ),
    'hit',
  ],
  ['a tier that is a number', found(result(place('"b"').replace('"l1"', '5'))), 'hit'],
  ['shared, as a text', found(result(place('"b"', ',"shared":"yes"'))), 'hit'],
  ['__proto__ as an instance', found(result(place('"__proto__"'))), 'unknown-instance'],
];

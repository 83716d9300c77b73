/** A conversation of an agent that nothing breaks, and single changes of it. */

export type Body = Record<string, unknown> & {
  model: string;
  tools: Record<string, unknown>[];
  messages: Record<string, unknown>[];
};

const RULES = [
  'You are a careful assistant for the maintenance crew of a railway depot.',
  'Current time: 09:14, date: 2026-11-30, request 4f3a9c21d7.',
  'Session 6f1c9a52-3f0e-4a6b-9c3d-2b7d8e9f0a1b, turn #41 of the shift.',
  'The depot holds 1,234.50 litres of oil. Warn with ⚠️ where something is urgent.',
  'Answer in short sentences and name the wagon by its number.',
  'Never promise a date that the planning office has not confirmed in writing.',
].join('\n');

const EXAMPLES = [
  { role: 'user', content: 'Wagon 12 squeaks when it brakes on the long curve, what now?' },
  { role: 'assistant', content: 'Check the brake pads of wagon 12 first, then the flange.' },
  { role: 'user', content: 'The door of the second coach does not close in the cold.' },
  { role: 'assistant', content: 'Clean the rail of the door and look at its heating element.' },
];

export const TOOLS = [
  tool('find_wagon', 'Finds a wagon by its number and tells where it stands right now.'),
  tool('order_part', 'Orders a spare part from the store, with the account of the depot.'),
  tool('plan_visit', 'Plans a visit of the workshop for a wagon, in the next free slot.'),
];

function tool(name: string, description: string): Record<string, unknown> {
  const properties = {
    wagon: { type: 'string', description: 'Number on the side of the wagon' },
    urgent: { type: 'boolean', description: 'Whether it cannot wait until the morning' },
  };
  const parameters = { type: 'object', properties, required: ['wagon'] };
  return { type: 'function', function: { name, description, parameters } };
}

export const IMAGE = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB';

/** The conversation before its last turns. */
export function firstTurn(): Body {
  return {
    model: 'depot-8b',
    tools: structuredClone(TOOLS),
    messages: [
      { role: 'system', content: RULES },
      ...structuredClone(EXAMPLES),
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look at this picture of the left bogie of wagon 77, please.' },
          { type: 'image_url', image_url: { url: IMAGE } },
        ],
      },
      {
        role: 'assistant',
        reasoning_content: 'The picture shows rust around the spring, nothing that is loose.',
        content: 'There is rust around the spring; it holds, but it should be seen to this week.',
      },
      { role: 'user', content: 'Thank you, and what do you say about the axle next to it then?' },
    ],
  };
}

/** The same, one answer and one question on. */
export function nextTurn(): Body {
  const body = firstTurn();
  body.messages.push(
    { role: 'assistant', content: 'The axle looks fine, its bearing was changed in the spring.' },
    { role: 'user', content: 'Then plan a visit of the workshop for Thursday, if there is room.' },
  );
  return body;
}

const edit = (index: number, change: (text: string) => string) => (body: Body) => {
  const message = body.messages[index]!;
  message['content'] = change(String(message['content']));
};
const inRules = (from: string, to: string) => edit(0, (text) => text.replace(from, to));

/** What breaks it: the change, who must be blamed, and the path of the place. */
export const PLANTED: Record<
  string,
  [change: (body: Body) => void, culprit: string, path: string]
> = {
  time: [inRules('09:14', '09:15'), 'time', 'messages[0].content'],
  date: [inRules('2026-11-30', '2026-12-01'), 'date', 'messages[0].content'],
  uuid: [inRules('6f1c9a52', '7a0d1b63'), 'uuid', 'messages[0].content'],
  'hex nonce': [inRules('4f3a9c21d7', 'b82e07c1aa'), 'random-id', 'messages[0].content'],
  counter: [inRules('#41', '#42'), 'counter', 'messages[0].content'],
  'reordered tools': [(body) => body.tools.reverse(), 'tools-reordered', 'tools[0].function.name'],
  'reordered keys': [
    (body) => {
      const { name, description, parameters } = body.tools[0]!['function'] as Body;
      body.tools[0]!['function'] = { description, name, parameters };
    },
    'keys-reordered',
    'tools[0].function.description',
  ],
  whitespace: [inRules('short sentences', 'short  sentences'), 'whitespace', 'messages[0].content'],
  CRLF: [edit(0, (text) => text.replaceAll('\n', '\r\n')), 'line-ends', 'messages[0].content'],
  'dropped reasoning': [
    (body) => delete body.messages[6]!['reasoning_content'],
    'reasoning-dropped',
    'messages[6].content',
  ],
  'truncated history': [
    (body) => body.messages.splice(1, 2),
    'history-truncated',
    'messages[1].content',
  ],
  'edited earlier turn': [
    edit(2, (text) => text.replace('brake pads', 'wheel discs')),
    'turn-edited',
    'messages[2].content',
  ],
  'changed tool schema': [
    (body) => {
      const { parameters } = body.tools[1]!['function'] as { parameters: Body };
      parameters['required'] = ['wagon', 'urgent'];
    },
    'tool-schema',
    'tools[1].function.parameters.required[1]',
  ],
  'removed tool': [(body) => body.tools.pop(), 'tool-schema', 'tools[2]'],
  'tool that is new': [
    (body) => body.tools.push({ type: 'function', function: { name: 'weigh' } }),
    'tool-schema',
    'tools[3]',
  ],
  'changed model': [(body) => (body.model = 'depot-70b'), 'model', 'model'],
  salt: [(body) => (body['cache_salt'] = 'tenant-9'), 'salt', 'cache_salt'],
  LoRA: [(body) => (body['lora_path'] = 'adapters/depot-v2'), 'lora', 'adapter'],
  'image hash': [
    (body) => {
      const [, part] = body.messages[5]!['content'] as [unknown, Body];
      part['image_url'] = { url: `${IMAGE}AAAA` };
    },
    'image',
    'messages[5].content[1]',
  ],
  'system prompt moved': [
    (body) => body.messages.splice(4, 0, body.messages.shift()!),
    'system-moved',
    'messages[0].content',
  ],
  'few-shot shuffled': [
    (body) => body.messages.splice(1, 4, ...[3, 4, 1, 2].map((it) => body.messages[it]!)),
    'order-shuffled',
    'messages[1].content',
  ],
  'locale digits': [inRules('1,234.50', '1.234,50'), 'locale-digits', 'messages[0].content'],
  'trailing space': [edit(0, (text) => `${text} `), 'trailing-space', 'messages[0].content'],
  BOM: [edit(0, (text) => `\uFEFF${text}`), 'byte-order-mark', 'messages[0].content'],
  'emoji variation selector': [inRules('⚠️', '⚠'), 'variation-selector', 'messages[0].content'],
  'role renamed': [
    (body) => (body.messages[0]!['role'] = 'developer'),
    'role-renamed',
    'messages[0].role',
  ],
};

/** What breaks nothing: other sampling, bookkeeping, or only what a next request has anew. */
export const NEUTRAL: Record<string, (body: Body) => void> = {
  'a new turn appended': () => undefined,
  'other user text at the end': (body) => {
    body.messages.at(-1)!['content'] = 'How many hours would the workshop need for such an axle?';
  },
  'the last message again, a little longer': (body) => {
    body.messages.splice(-2);
    body.messages.at(-1)!['content'] += ' And the other one, on the right side?';
  },
  'the same request again': (body) => void body.messages.splice(-2),
  'an earlier state of the conversation': (body) => void body.messages.splice(-4),
  temperature: (body) => (body['temperature'] = 0.3),
  top_p: (body) => (body['top_p'] = 0.9),
  max_tokens: (body) => (body['max_tokens'] = 77),
  seed: (body) => (body['seed'] = 5),
  stop: (body) => (body['stop'] = ['\n\n']),
  stream: (body) => (body['stream'] = true),
  stream_options: (body) => (body['stream_options'] = { include_usage: true }),
  user: (body) => (body['user'] = 'anna@depot.example'),
  metadata: (body) => (body['metadata'] = { request: '4711', time: '09:15' }),
  'a request id beside the prompt': (body) => (body['request_id'] = 'req-99'),
  n: (body) => (body['n'] = 2),
  logprobs: (body) => (body['logprobs'] = true),
  tool_choice: (body) => (body['tool_choice'] = 'none'),
  response_format: (body) => (body['response_format'] = { type: 'json_object' }),
  'members of the body in another order': (body) => {
    const { messages, tools, model } = body;
    for (const key of ['messages', 'tools', 'model']) delete body[key];
    Object.assign(body, { messages, tools, model });
  },
  'members of a message in another order': (body) => {
    body.messages[1] = { content: body.messages[1]!['content'], role: 'user' };
  },
  'null for what is not there': (body) => (body['cache_salt'] = null),
  'an image in the new message': (body) => {
    body.messages.at(-1)!['content'] = [
      { type: 'text', text: 'And this one?' },
      { type: 'image_url', image_url: { url: `${IMAGE}BBBB` } },
    ];
  },
  'a first prompt of its own': (body) => {
    body.messages = [
      { role: 'system', content: 'You translate timetables into Portuguese, nothing else.' },
      { role: 'user', content: 'The 10:20 to Faro leaves from platform 4 today.' },
    ];
    body.tools = [];
  },
};

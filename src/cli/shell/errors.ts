import { errorsOf, interrupted, target, usage } from '../../base/errors.ts';

export const cliError = errorsOf({
  BODY_INVALID: usage(
    'The request to be explained is missing or cannot be read.',
    'Give a text with --prompt, or a JSON request body with --body FILE.',
  ),
  COMMAND_UNMARKED: usage(
    'Mocks take no arguments but a command to run beside them, behind two dashes.',
    'Write -- before it: kvcache mock up -- npm test.',
  ),
  COMMAND_LINE_INVALID: usage(
    'There is no such command or flag, or a part of it is missing.',
    'Run it with --help to see every flag.',
  ),
  DURATION_INVALID: usage('A flag that takes a duration was given none, or one out of range.'),
  EXPLAIN_REFUSED: target(
    'The gateway does not explain this request.',
    "Check that --admin-url is the admin listener's and that a route matches --path.",
  ),
  FLAG_INVALID: usage('A flag has a value it cannot have.'),
  FLAG_FOR_SAMPLE: usage(
    '--settle and --ports sample apply to the scenario mock alone.',
    'Leave them away: a scenario waits as its file says, on free ports or from --port-base on.',
  ),
  FLAG_NOT_FOR_SAMPLE: usage(
    '--seed, --routing and --gateway-command do not apply to the scenario mock.',
    'Use them with another scenario; `kvcache run --list` shows all.',
  ),
  GATEWAY_NOT_FOR_SCENARIO: usage(
    'Only the scenario mock knows how to start this gateway.',
    'Say how with --gateway-command, or give the URL of a running one: --gateway URL --port-base PORT.',
  ),
  GATEWAY_NOT_RUNNING: usage(
    'Only a gateway that runs can be examined.',
    'Give --gateway the URL of one, http://HOST:PORT. A config file is checked with --config FILE; `kvcache verify --gateway` starts a gateway.',
  ),
  INTERRUPTED: interrupted('Interrupted: nothing was judged.', 'Start it again.'),
  LOG_FORMAT_INVALID: usage('There is no such log format.', 'Use text or json.'),
  LOG_LEVEL_INVALID: usage('There is no such log level.'),
  MOCK_NAME_AMBIGUOUS: usage(
    'Two of the journals to be judged are of mocks with one name.',
    'Give each URL once, and start mocks of different processes with different --id.',
  ),
  MODEL_UNKNOWN: target(
    'The server does not list a model, and none was named.',
    'Name the model with --model.',
  ),
  NOT_A_MOCK: target(
    'The server keeps no journal.',
    'Give the URL of a kvcache mock of the real dialect.',
  ),
  NUMBER_INVALID: usage('A flag that takes a number was given none, or one out of range.'),
  OUTPUT_LOST: usage('Standard output could not be written.'),
  PORT_BASE_MISSING: usage(
    'A gateway that runs already must know where the mocks will be.',
    'Give --port-base PORT: the controller takes that port, the engines the next ones.',
  ),
  REPORTERS_COLLIDE: usage(
    'Two reports would go to one place.',
    'Give all but one a file of its own: NAME=FILE, or --out DIR.',
  ),
  ROUTING_NOT_OURS: usage(
    '--routing sets the policy of the embedded gateway, and another one is to be judged.',
    'Leave --routing away, and set the policy in your gateway.',
  ),
  RUN_FILE_INVALID: usage(
    'The file that --config names holds what is no flag, or a value it cannot have.',
    'Write flags by their names without the dashes; --help lists them.',
  ),
  SET_INVALID: usage('--set was not given NAME=VALUE.', 'Write it as --set NAME=VALUE.'),
  SYSTEM_REFUSED: usage('The system refuses a file, or another one.'),
  TERMINATED: interrupted('Terminated: nothing was judged.', 'Start it again.'),
});

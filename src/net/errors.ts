import { errorsOf, target, usage } from '../base/errors.ts';

export const netError = errorsOf({
  ANSWER_TOO_LARGE: target(
    'An answer is larger than any that was asked for.',
    'Check that the URL belongs to the server you mean.',
  ),
  CONTROLLER_ERROR: target('The controller failed at a call.', "Look into the controller's log."),
  CONTROLLER_NO_DIRECTORY: target(
    'This LMCache coordinator has no directory of who holds what.',
    'Run LMCache 0.5.3 or newer (coordinators from 0.4.7 to 0.5.2 have none), or route without it: x-kvcache.routing.policy prefix, --routing prefix.',
  ),
  CONTROLLER_REJECTED: target(
    'The controller refuses a call, or it is one that it cannot take.',
    'Check that the URL is the controller itself and that its version knows this call.',
  ),
  CONTROLLER_UNSUPPORTED: target('The controller has no such operation.'),
  CONTROLLER_WRONG_DIALECT: target(
    'The controller answers in a form that is not the expected dialect.',
    'Set x-kvcache.controller.dialect to auto, or point lmcache_endpoint at the LMCache controller or coordinator.',
  ),
  HEADER_INVALID: usage(
    'The value of a header holds characters that HTTP forbids.',
    'Look for a line end or a character outside Latin-1, for example in the API key.',
  ),
  KV_EVENTS_ADDRESS_INVALID: usage(
    'ZeroMQ cannot connect to an address of KV events.',
    'Write tcp://HOST:PORT, as in the endpoint of --kv-events-config.',
  ),
  KV_EVENTS_REFUSED: target(
    'The engine does not stream its KV events.',
    'Start it with KV events: --kv-events of kvcache mock.',
  ),
  LISTEN_ADDRESS_INVALID: usage(
    'An address to listen on is not HOST:PORT.',
    'Write HOST:PORT, for example 127.0.0.1:18081, or :18081 for every interface.',
  ),
  LISTEN_FAILED: target(
    'The system does not let us listen at the address.',
    'Check that the address belongs to this machine.',
  ),
  NOT_JSON: target(
    'An answer that must be JSON is not.',
    'Check that the URL is the API itself and not a proxy, a login page or a dashboard.',
  ),
  NOT_READY: target('A server or process was not ready in time.'),
  NO_CONTROLLER: target(
    'There is no controller to ask.',
    'Name one in lmcache_endpoint of the kvcache filter.',
  ),
  PORT_FORBIDDEN: target('The system refuses us the port.', 'Choose a port above 1023.'),
  PORT_TAKEN: target('Another process listens on the port.'),
  TIMEOUT: target(
    'Nothing was answered in the time allowed.',
    'Check that the server is up and not overloaded, or allow it more time.',
  ),
  REDIS_MISSING: usage(
    'Memory shared through Valkey or Redis needs the npm package @redis/client, which is not installed.',
  ),
  REDIS_UNUSABLE: usage(
    'The npm package @redis/client cannot be used.',
    'Install it anew on this machine: npm install @redis/client@5',
  ),
  TOKENIZE_ERROR: target('The engine failed at tokenizing.'),
  TOKENIZE_REJECTED: target('The engine refuses to tokenize this prompt.'),
  TOKENIZE_UNSUPPORTED: target(
    'No engine of the cluster serves the route that tokenizes.',
    'Point vllm_endpoint at an engine that does.',
  ),
  UNREACHABLE: target(
    'No connection to a server came about, or it broke.',
    'Check host, port and scheme of the URL, and that the server is running.',
  ),
  ZEROMQ_MISSING: usage(
    'KV events over ZeroMQ need the npm package zeromq, which is not installed.',
  ),
  ZEROMQ_UNUSABLE: usage(
    'The npm package zeromq cannot be used.',
    'Install it anew on this machine: npm install zeromq@6',
  ),
});

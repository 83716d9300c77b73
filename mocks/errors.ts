import { errorsOf, usage } from '../src/base/errors.ts';

export const mockError = errorsOf({
  BAD_PROFILE: usage(
    'A profile of an engine is not usable.',
    'docs/simulation.md lists every key with its unit.',
  ),
  BAD_REQUEST: usage(
    'The admin API of a mock cannot read a body.',
    'docs/mocks.md lists what the admin API takes.',
  ),
  ENGINE_BUSY: usage(
    'An engine has requests under way, so its cache cannot be replaced.',
    'Wait until it is idle, or abort its requests.',
  ),
  FAULT_RULE_INVALID: usage(
    'A fault rule is not usable.',
    'docs/mocks.md lists every fault with its parameters.',
  ),
  FLEET_INVALID: usage('A fleet is unusable.', 'docs/mocks.md shows a fleet file with every key.'),
  JOURNAL_RULE_INVALID: usage(
    'A rule about the journals of mocks is not usable.',
    'docs/mocks.md shows every kind of rule.',
  ),
  LMCACHE_VERSION_UNKNOWN: usage('No mock controller speaks as this version of LMCache.'),
  MOCK_ARGUMENTS_INVALID: usage('The flags of a mock are not usable.', 'See kvcache mock --help.'),
  PORTS_COLLIDE: usage(
    'Two mocks of a fleet would listen on one port.',
    'Give each its own port, or 0 for any free one; --port-base N numbers them all.',
  ),
  QUERY_INVALID: usage(
    'A query parameter of the admin API is not a whole number.',
    'Correct the query, or leave it out.',
  ),
  SNAPSHOT_INVALID: usage('A cache snapshot is none, or not of an engine like this one.'),
  UNKNOWN_PROFILE: usage('No engine profile of this name is shipped.'),
  VLLM_VERSION_UNKNOWN: usage('No mock engine speaks as this version of vLLM.'),
  ZMQ_ADDRESS_INVALID: usage(
    'An address to publish KV events at is not tcp://IP:PORT.',
    'Write tcp://IP:PORT, for example tcp://127.0.0.1:5557; port 0 takes a free one, tcp://*:5557 listens on every interface.',
  ),
});

import { errorsOf, target, usage } from '../base/errors.ts';

export const targetError = errorsOf({
  API_KEY_MISSING: usage('The variable that --api-key-env names is not set.'),
  CACERT_INVALID: usage(
    'The file that --cacert names holds no certificates, or one that is broken.',
    'Give a PEM file of certificates, -----BEGIN CERTIFICATE----- and so on.',
  ),
  ENGINE_INVALID: usage('Engines are not given as ID=URL, or two have one id.'),
  HEADER_FLAG_INVALID: usage(
    'A --header cannot be sent.',
    "Write --header 'NAME: VALUE', each name once.",
  ),
  HTTP_ERROR: target('The server did not answer with 200.', "Look into the server's log."),
  KV_EVENT_SOURCE_INVALID: usage(
    'A source of KV events is not given as [ID=]URL.',
    'Write --kv-events engine-a=tcp://10.0.0.7:5557,replay=tcp://10.0.0.7:5558, one for each engine.',
  ),
  LENGTH_UNKNOWN: target(
    'Nothing tells how many tokens a prompt has.',
    'Let the server answer with usage.prompt_tokens, or serve POST /tokenize.',
  ),
  MODEL_NOT_FOUND: target(
    'The server does not know the model.',
    'Give the served name with --model, or --model auto to take it from /v1/models.',
  ),
  NO_SUCH_ROUTE: target(
    'The server has no such route.',
    'Check that the URL is the base URL of an OpenAI-compatible API; /v1 is added to it.',
  ),
  PROXY_UNSUPPORTED: usage(
    'The environment names a proxy for a server, and no request of kvcache goes through one.',
    'Add the host to no_proxy to reach it directly, or unset the variable.',
  ),
  REDIRECTED: target(
    'The server sends requests elsewhere.',
    'Give the URL it redirects to (curl -sI shows it); redirects are not followed.',
  ),
  SETTING_INVALID: usage('A flag or a variable has a value it cannot have.'),
  TARGET_MISSING: usage('An address that the command needs is not given.'),
  TLS_FAILED: target(
    'The TLS handshake with a server failed.',
    'Use http:// if the server speaks plain HTTP; for a private certificate authority give its certificate with --cacert.',
  ),
  UNAUTHORIZED: target(
    'The server asks for an API key, or for another one.',
    'Name the environment variable that holds the API key with --api-key-env, for example --api-key-env VLLM_API_KEY.',
  ),
  WRONG_SCHEME: target(
    'The server speaks HTTPS, and was asked in plain HTTP.',
    'Write https:// instead of http:// in its URL.',
  ),
});

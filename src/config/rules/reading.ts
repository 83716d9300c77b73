import { type Rule, rule } from './rule.ts';

/** Rules about how the file is written; found while reading it. */
export const READING_RULES = {
  'yaml-syntax': rule(
    'error',
    'The file is valid YAML.',
    'Nothing can be read from the file.',
    'Correct the syntax at this place.',
  ),
  'empty-config': rule(
    'error',
    'The file holds a config.',
    'There is nothing to listen on and nowhere to send requests.',
    'Write a starter with `kvcache config init`.',
  ),
  'file-extension': rule(
    'error',
    'The file name ends in .yml or .yaml.',
    'Pixiu refuses any other extension.',
    'Rename the file to end in .yaml.',
  ),
  'unknown-key': rule(
    'warning',
    'Every key is one the gateway knows.',
    'Pixiu and this gateway drop the key without using it.',
    'Correct the spelling or delete the key.',
  ),
  'misplaced-key': rule(
    'warning',
    'Every key stands where it is read.',
    'Pixiu drops a key that stands elsewhere without saying so.',
    'Move the key.',
  ),
  'key-case': rule(
    'warning',
    'Every key is spelled in the letter case that Pixiu reads.',
    'Pixiu drops the key without saying so: its default holds.',
    'Write it as docs/config-keys.md has it.',
  ),
  'duplicate-key': rule(
    'warning',
    'No key is written twice in different letter case.',
    'Pixiu reads the one in its own letter case only, and so does this gateway; of two others the last.',
    'Keep one of the two.',
  ),
  'ignored-key': rule(
    'warning',
    'No key relies on a part of Pixiu that the embedded gateway leaves out.',
    'Pixiu honours the key, the embedded gateway runs without it.',
    'Delete the key, or run the real Pixiu where it matters.',
  ),
  'pixiu-ignores': rule(
    'info',
    'No key counts here that Pixiu does not use.',
    'This gateway honours the key, Pixiu runs as if it were not written.',
    'Delete the key where both are to do the same.',
  ),
  'unsupported-key': rule(
    'error',
    'No key asks for something the embedded gateway cannot do.',
    'Running without it would do something else than the file says.',
    'Delete the key, or run the real Pixiu.',
  ),
  'unknown-filter': rule(
    'error',
    'Every filter is one the embedded gateway has.',
    'The request path would lack a step the file asks for.',
    'Correct the name, or remove the filter.',
  ),
  'no-address': rule(
    'error',
    'Where a host stands, it is a host name or an IP address and nothing else.',
    'With a port, scheme, path or blank in it nothing can be bound or reached; an IPv6 zone fits into no URL.',
    'Write the host alone; the port has a key of its own.',
  ),
  'missing-key': rule(
    'error',
    'Required keys are present.',
    'The gateway cannot work without the value.',
    'Add the key.',
  ),
  'wrong-type': rule(
    'error',
    'Every value has the type its key needs.',
    'Pixiu refuses the file, or breaks every request of the listener when it stands in a filter.',
    'Write a value of the right type.',
  ),
  'out-of-range': rule(
    'error',
    'Every number lies in its range.',
    'Pixiu logs the error, keeps an empty filter in the chain, and every request of the listener fails.',
    'Write a value in the range.',
  ),
  'not-a-choice': rule(
    'error',
    'Closed lists of values are kept to.',
    'The value has no meaning.',
    'Write one of the values named.',
  ),
  'bad-duration': rule(
    'error',
    'Durations are written as Go reads them.',
    'Pixiu logs the error, keeps an empty filter in the chain, and every request of the listener fails.',
    'Write a number with a unit: 80ms, 30s, 2m, 1h30m.',
  ),
  'bare-duration': rule(
    'warning',
    'Durations carry a unit.',
    'Go reads a bare number as nanoseconds.',
    'Add the unit: 80ms, 30s, 2m.',
  ),
  'zero-means-default': rule(
    'info',
    'An explicit 0 is not mistaken for "off".',
    'A zero counts as not set, so the default holds.',
    'Delete the line, or write the value you mean.',
  ),
} as const satisfies Record<string, Rule>;

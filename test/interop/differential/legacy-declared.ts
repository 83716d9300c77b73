import { SERVER_NAME } from './declared.ts';
import type { Declared } from './differences.ts';

/** Where our mock of a legacy controller is meant to answer otherwise. */
export const LEGACY_DECLARED: readonly Declared[] = [
  SERVER_NAME,
  {
    request: 'GET /docs',
    at: /./,
    reason: 'pages for people, as /, /static, /redoc and /openapi.json: no program asks for them',
  },
];

/** A new file: where, and which template it is made from. */
interface NewFile {
  path: string;
  template: string;
}

interface NewRow {
  path: string;
  /** Import that the row needs. */
  imports?: string;
  /** The line it stands behind; there is one such line. */
  after: string;
  row: string;
}

/** What a newcomer writes to add a thing; CONTRIBUTING.md says the same. */
export interface ExtensionPoint {
  thing: string;
  files: readonly NewFile[];
  rows: readonly NewRow[];
  /** Rows for names that a lower room has to know: the compiler asks for the others then. */
  names?: readonly NewRow[];
}

/** One of each, and every one is called `dummy`. */
export const POINTS: readonly ExtensionPoint[] = [
  {
    thing: 'routing policy',
    files: [{ path: 'src/gateway/policies/dummy.ts', template: 'policy.ts' }],
    rows: [
      {
        path: 'src/gateway/policies/table.ts',
        imports: "import { dummy } from './dummy.ts';",
        after: 'export const POLICIES: Readonly<Record<RoutingPolicy, Policy>> = {',
        row: '  dummy,',
      },
    ],
    names: [
      {
        path: 'src/config/routing-policies.ts',
        after: 'export const ROUTING_POLICIES = {',
        row: "  dummy: { asks: 'nobody', chooses: 'the last' },",
      },
    ],
  },
  {
    thing: 'controller dialect',
    files: [
      { path: 'src/net/controller/dummy.ts', template: 'dialect.ts' },
      { path: 'mocks/controller/apis/dummy.ts', template: 'mock-dialect.ts' },
    ],
    rows: [
      {
        path: 'src/net/controller/dialects.ts',
        imports: "import { dummy } from './dummy.ts';",
        after: 'export const DIALECTS: Readonly<Record<Dialect, ControllerDialect>> = {',
        row: '  dummy,',
      },
      {
        path: 'mocks/controller/apis/index.ts',
        imports: "import { dummy } from './dummy.ts';",
        after: 'export const APIS: Readonly<Record<Dialect, ControllerApi>> = {',
        row: '  dummy,',
      },
    ],
    names: [
      {
        path: 'src/protocol/lmcache.ts',
        after: 'export const CONTROLLER_DIALECTS = [',
        row: "  'dummy',",
      },
    ],
  },
  {
    thing: 'kind of engine',
    files: [{ path: 'src/target/engines/dummy.ts', template: 'engine.ts' }],
    rows: [
      {
        path: 'src/target/engines/kinds.ts',
        imports: "import { dummy } from './dummy.ts';",
        after: 'export const ENGINE_KINDS: readonly EngineKind[] = [',
        row: '  dummy,',
      },
    ],
  },
  {
    thing: 'report format',
    files: [{ path: 'src/report/formats/dummy.ts', template: 'format.ts' }],
    rows: [
      {
        path: 'src/report/formats.ts',
        after: 'const FORMATS = {',
        row: `  dummy: {
    summary: 'a dummy of a report',
    fileName: 'dummy.txt',
    isUsual: false,
    load: async () => (await import('./formats/dummy.ts')).renderDummy,
  },`,
      },
    ],
  },
  {
    thing: 'fault',
    files: [{ path: 'mocks/faults/kinds/dummy.ts', template: 'fault.ts' }],
    rows: [
      {
        path: 'mocks/faults/kinds/index.ts',
        imports: "import { dummy } from './dummy.ts';",
        after: 'const KINDS = {',
        row: '  dummy,',
      },
    ],
  },
  {
    thing: 'check of the doctor',
    files: [{ path: 'src/doctor/checks/dummy.ts', template: 'check.ts' }],
    rows: [
      {
        path: 'src/doctor/doctor.ts',
        imports: "import { dummyProbe } from './checks/dummy.ts';",
        after: 'export const PROBES: readonly Probe[] = [',
        row: '  dummyProbe,',
      },
    ],
  },
  {
    thing: 'cause of a failed verification',
    files: [{ path: 'src/verify/judge/causes/dummy.ts', template: 'cause.ts' }],
    rows: [
      {
        path: 'src/verify/judge/causes/causes.ts',
        imports: "import { dummy } from './dummy.ts';",
        after: 'export const CAUSES: readonly CauseRow[] = [',
        row: '  dummy,',
      },
    ],
  },
  {
    thing: 'flag of the mocks',
    files: [],
    rows: [
      {
        path: 'mocks/fleet/sections.ts',
        after: "export const engineSection = object('One or several engines.', {",
        row: "  dummyFlag: flagged({}, flag('a dummy of a flag', false)),",
      },
    ],
  },
  {
    thing: 'flag of `kvcache load`',
    files: [],
    rows: [
      {
        path: 'src/cli/load/flags.ts',
        after: 'export const LOAD_FLAGS = {',
        row: "  dummy: row('n', count('a dummy of a flag')),",
      },
    ],
  },
  {
    thing: 'scenario',
    files: [{ path: 'fixtures/scenarios/dummy.yaml', template: 'scenario.yaml' }],
    rows: [],
  },
  {
    thing: 'form of prompts',
    files: [{ path: 'src/prompts/forms/dummy.ts', template: 'form.ts' }],
    rows: [
      {
        path: 'src/prompts/forms/forms.ts',
        imports: "import { dummy } from './dummy.ts';",
        after: 'export const PROMPT_FORMS: readonly PromptForm[] = [',
        row: '  dummy,',
      },
    ],
  },
  {
    thing: 'culprit of a broken prompt',
    files: [{ path: 'src/prompts/breaks/culprits/dummy.ts', template: 'culprit.ts' }],
    rows: [
      {
        path: 'src/prompts/breaks/culprits.ts',
        imports: "import { dummy } from './culprits/dummy.ts';",
        after: 'export const CULPRITS: readonly Culprit[] = [',
        row: '  dummy,',
      },
    ],
  },
  {
    thing: 'form of trace',
    files: [{ path: 'src/traces/formats/dummy.ts', template: 'trace-format.ts' }],
    rows: [
      {
        path: 'src/traces/formats/formats.ts',
        imports: "import { dummy } from './dummy.ts';",
        after: 'export const TRACE_FORMATS: readonly TraceFormat[] = [',
        row: '  dummy,',
      },
    ],
  },
];

/**
 * Holds a value against a JSON Schema that we publish ourselves, for others: only the keywords that our
 * schemas use are known. What people write by hand is described in `describe.ts`.
 */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  definitions?: Record<string, JsonSchema>;
}

/** The first thing that is wrong with a value. */
export interface SchemaProblem {
  /** `$.samples[3].latencyMs` */
  path: string;
  problem: string;
}

/** Undefined when `value` is what `root` describes. */
export function findProblem(value: unknown, root: JsonSchema): SchemaProblem | undefined {
  return check(value, root, { root, path: '$' });
}

interface Place {
  root: JsonSchema;
  path: string;
}

function check(value: unknown, schema: JsonSchema, place: Place): SchemaProblem | undefined {
  if (schema.$ref !== undefined) return check(value, resolveRef(schema.$ref, place.root), place);
  if (schema.anyOf) return checkAnyOf(value, schema.anyOf, place);
  return checkScalar(value, schema, place) ?? checkMembers(value, schema, place);
}

function resolveRef(ref: string, root: JsonSchema): JsonSchema {
  const found = root.definitions?.[decodeURIComponent(ref.replace('#/definitions/', ''))];
  if (!found) throw new RangeError(`The schema has no ${ref}.`);
  return found;
}

/** Of several alternatives the one that came furthest tells what is wrong. */
function checkAnyOf(
  value: unknown,
  schemas: readonly JsonSchema[],
  place: Place,
): SchemaProblem | undefined {
  let furthest: SchemaProblem | undefined;
  for (const schema of schemas) {
    const problem = check(value, schema, place);
    if (!problem) return undefined;
    if (!furthest || problem.path.length > furthest.path.length) furthest = problem;
  }
  return furthest;
}

function checkScalar(
  value: unknown,
  { const: constant, enum: choices, type }: JsonSchema,
  { path }: Place,
): SchemaProblem | undefined {
  if (constant !== undefined && value !== constant) {
    return { path, problem: `must be ${JSON.stringify(constant)}` };
  }
  if (choices && !choices.includes(value)) {
    return {
      path,
      problem: `must be one of ${choices.map((it) => JSON.stringify(it)).join(', ')}`,
    };
  }
  const types = type === undefined ? [] : [type].flat();
  if (types.length === 0 || types.includes(typeOf(value))) return undefined;
  return { path, problem: `must be ${types.join(' or ')}, not ${typeOf(value)}` };
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function checkMembers(value: unknown, schema: JsonSchema, place: Place): SchemaProblem | undefined {
  if (Array.isArray(value)) {
    return schema.items && firstProblem(value.entries(), () => schema.items, place);
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const missing = schema.required?.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return { path: `${place.path}.${missing}`, problem: 'is missing' };
  const { additionalProperties: rest } = schema;
  const known = schema.properties ?? {};
  const schemaOf = (name: string | number): JsonSchema | undefined =>
    Object.hasOwn(known, name) ? known[name] : typeof rest === 'object' ? rest : undefined;
  return firstProblem(Object.entries(value), schemaOf, place);
}

function firstProblem(
  entries: Iterable<[string | number, unknown]>,
  schemaOf: (name: string | number) => JsonSchema | undefined,
  { root, path }: Place,
): SchemaProblem | undefined {
  for (const [name, value] of entries) {
    const schema = schemaOf(name);
    const member = typeof name === 'number' ? `${path}[${name}]` : `${path}.${name}`;
    const problem = schema && check(value, schema, { root, path: member });
    if (problem) return problem;
  }
  return undefined;
}

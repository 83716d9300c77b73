import type { RouteConfig } from '../config/gateway-config.ts';
import { headerPattern } from '../config/header-pattern.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Routes that end at one place of the path, by method; `*` stands for any. */
type RoutesByMethod = Map<string, RouteConfig>;

interface Node {
  readonly literal: Map<string, Node>;
  /** `:var` or `*`: any one segment. */
  single: Node | undefined;
  readonly exact: RoutesByMethod;
  /** `**`, or a prefix: whatever follows. */
  readonly rest: RoutesByMethod;
}

interface HeaderRoute {
  route: RouteConfig;
  methods: ReadonlySet<string>;
  matchers: { name: string; test: (value: string) => boolean }[];
}

const ALL_METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'];
const ANY = '*';

/**
 * Finds a request's route as Pixiu does: routes by headers alone first, in the order written; then
 * the path by whole segments, where a literal segment beats a variable and an exact path beats a
 * prefix. Of two equal rules the first written wins.
 */
export class RouteTable {
  readonly #root = createNode();
  readonly #headerRoutes: HeaderRoute[] = [];
  /** Of the last path asked for: most requests of a gateway go to the same. */
  #last: { path: string; segments: string[] } = { path: '', segments: [] };

  constructor(routes: readonly RouteConfig[]) {
    for (const route of routes) this.#add(route);
  }

  /** @param path without the query */
  match(method: string, path: string, headers: Headers): RouteConfig | undefined {
    const byHeader = this.#headerRoutes.find(
      (it) => hasMethod(it.methods, method) && it.matchers.every((one) => accepts(one, headers)),
    );
    return byHeader?.route ?? find(this.#root, { method, segments: this.#segmentsOf(path) }, 0);
  }

  #segmentsOf(path: string): string[] {
    if (path !== this.#last.path) this.#last = { path, segments: segmentsOf(path) };
    return this.#last.segments;
  }

  #add(route: RouteConfig): void {
    const { prefix, path } = route.match;
    const methods = route.match.methods.length === 0 ? ALL_METHODS : route.match.methods;
    if (prefix !== undefined) {
      const node = this.#nodeAt(segmentsOf(prefix));
      addRoute(node.rest, methods, route);
      return;
    }
    if (path !== undefined) {
      const segments = segmentsOf(path);
      const isOpen = segments.at(-1) === '**';
      const node = this.#nodeAt(isOpen ? segments.slice(0, -1) : segments);
      addRoute(isOpen ? node.rest : node.exact, methods, route);
      return;
    }
    const matchers = route.match.headers.flatMap((it) => {
      const test = headerTest(it);
      return test ? [{ name: it.name.toLowerCase(), test }] : [];
    });
    if (matchers.length > 0)
      this.#headerRoutes.push({ route, methods: new Set(methods), matchers });
  }

  #nodeAt(segments: readonly string[]): Node {
    let node = this.#root;
    for (const segment of segments) {
      if (segment === ANY || segment.startsWith(':')) {
        node = node.single ??= createNode();
        continue;
      }
      let next = node.literal.get(segment);
      if (!next) node.literal.set(segment, (next = createNode()));
      node = next;
    }
    return node;
  }
}

function createNode(): Node {
  return { literal: new Map(), single: undefined, exact: new Map(), rest: new Map() };
}

function addRoute(routes: RoutesByMethod, methods: readonly string[], route: RouteConfig): void {
  for (const method of methods) if (!routes.has(method)) routes.set(method, route);
}

function find(
  node: Node,
  wanted: { method: string; segments: readonly string[] },
  depth: number,
): RouteConfig | undefined {
  const segment = wanted.segments[depth];
  if (segment === undefined) {
    return forMethod(node.exact, wanted.method) ?? forMethod(node.rest, wanted.method);
  }
  const literal = node.literal.get(segment);
  return (
    (literal && find(literal, wanted, depth + 1)) ??
    (node.single && find(node.single, wanted, depth + 1)) ??
    forMethod(node.rest, wanted.method)
  );
}

function forMethod(routes: RoutesByMethod, method: string): RouteConfig | undefined {
  return routes.get(method) ?? routes.get(ANY);
}

function hasMethod(methods: ReadonlySet<string>, method: string): boolean {
  return methods.has(method) || methods.has(ANY);
}

/** `/v1//chat/` and `/v1/chat` have the same segments. */
function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

/** Undefined for a pattern that is none: Pixiu skips it, and the linter has said so. */
function headerTest(rule: {
  values: string[];
  regex: boolean;
}): ((value: string) => boolean) | undefined {
  if (!rule.regex) return (value) => rule.values.includes(value);
  const pattern = headerPattern(rule.values[0] ?? '');
  return pattern && ((value) => pattern.matcher(value).find());
}

function accepts(matcher: HeaderRoute['matchers'][number], headers: Headers): boolean {
  const value = headers[matcher.name];
  if (value === undefined) return false;
  return matcher.test(Array.isArray(value) ? value.join(', ') : value);
}

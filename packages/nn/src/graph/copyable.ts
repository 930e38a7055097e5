/** @file Refuses nodes that a structural copy would break. */
import { classNameOf } from "../class-name.ts";
import { UncopyableNodeError } from "../errors.ts";
import type { Pytree } from "../module/pytree.ts";
import { assertNoHiddenData } from "./hidden-data.ts";
import { formatPath, type Path, PYTREE } from "./kinds.ts";
import { sourceCode } from "./source-code.ts";

const STATIC_PRIVATE = /\bstatic\s+(?:async\s+)?(?:[gs]et\s+)?\*?\s*#([\w$]+)/g;
const PRIVATE_USE = /\bthis\s*\??\.\s*#([\w$]+)|[{;}]\s*(?:async\s+|[gs]et\s+)?\*?\s*#([\w$]+)\s*[=;(}\n]/g;
/** What compilers write for `#private` fields on older targets. */
const LOWERED_PRIVATE =
  /_(?:(?:classPrivate(?:Field|Method)|private)(?:Get|Set|Add|Method|InitSpec)\w*|class_private_(?:field|method)_\w+)\)?\(\s*this/;
/** What is in the text of each class with such members; most have none of it. */
const HINT = /#|rivate/;

/** The first private name of each class that was looked at; none is "". */
const privateNames = new WeakMap<object, string>();

function privateNameOf(constructor: object): string {
  let name = privateNames.get(constructor);
  if (name === undefined) {
    name = HINT.test(Function.prototype.toString.call(constructor)) ? findName(constructor) : "";
    privateNames.set(constructor, name);
  }
  return name;
}

function findName(constructor: object): string {
  const source = sourceCode(constructor);
  const shared = new Set([...source.matchAll(STATIC_PRIVATE)].map(([, name]) => name));
  for (const [, use, declaration] of source.matchAll(PRIVATE_USE)) {
    const name = use ?? declaration!;
    if (!shared.has(name)) return name;
  }
  return LOWERED_PRIVATE.test(source) ? "private" : "";
}

/** The constructors of `value`, its own first, up to the classes of this package's graph. */
function constructorsOf(value: object): object[] {
  const constructors: object[] = [];
  let prototype = Object.getPrototypeOf(value) as object | null;
  for (; prototype !== null && !Object.hasOwn(prototype, PYTREE);) {
    // A prototype need not have one, and it need not be a function.
    const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
    if (typeof constructor === "function") constructors.push(constructor);
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return constructors;
}

/** The name of a `#private` member that the classes of `value` declare, without its `#`; undefined where none is seen. */
export function privateMemberOf(value: object): string | undefined {
  return constructorsOf(value)
    .map(privateNameOf)
    .find((name) => name !== "");
}

/** Whether `fn` is an arrow function, written in one of the classes, that uses the `this` around it. */
function capturesThis(fn: object, constructors: readonly object[]): boolean {
  const text = Function.prototype.toString.call(fn);
  if (Object.hasOwn(fn, "prototype") || !text.includes("=>") || !/\b(?:this|super)\b/.test(sourceCode(fn)))
    return false;
  return constructors.some((constructor) => Function.prototype.toString.call(constructor).includes(text));
}

/**
 * Checks that a copy of `node` would work.
 *
 * Seen are `#private` members of its classes (in their source text), arrow functions written in a class that use
 * `this`, and bound methods. Not seen is a closure over the object under another name (`const self = this`).
 *
 * @throws UncopyableNodeError naming the member and what to write instead
 */
export function assertCopyable(node: Pytree, path: Path): void {
  const constructors = constructorsOf(node);
  const where = `${formatPath(path)} (${classNameOf(node)})`;
  const name = privateMemberOf(node);
  if (name !== undefined) {
    throw new UncopyableNodeError(
      `${where} has the private member #${name}, which views, clones and merged models cannot ` +
        `carry. Write \`private ${name}\` (TypeScript) or \`_${name}\` instead.`,
    );
  }
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(node))) {
    // The descriptors of a class's fields are typed by nothing; that of an accessor has no value.
    const value: unknown = descriptor.value;
    if (value instanceof Set || value instanceof Map) assertNoHiddenData(node, name, value);
    if (typeof value !== "function") continue;
    const bound = /^bound (.+)$/.exec(value.name)?.[1];
    const method = bound !== undefined && bound in Object.getPrototypeOf(node);
    if (!method && !capturesThis(value, constructors)) continue;
    throw new UncopyableNodeError(
      `${where}: the attribute ${name} is ${method ? `the bound method ${bound}` : "an arrow function that uses `this`"}. ` +
        `In a view or clone it would still act on the original. Write it as a method instead: ` +
        `\`${method ? bound : name}(…) { … }\`.`,
    );
  }
}

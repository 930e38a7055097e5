/** @file What is compiled for some arguments, in words: to tell what has changed when it is compiled again and again. */
import { recipeOf } from "@nnx-js/nn";
import type { Pattern, Properties } from "./pattern.ts";
import { article, classNameOf } from "./refusal.ts";

/** What changes have in common, as far as advice goes. */
export type Sort = "number" | "function" | "shape" | "structure" | "object";

/** What stands at one place in the arguments. */
export interface Part {
  readonly sort: Sort;
  readonly text: string;
  /** Tells it from others of the same text. */
  readonly id: string;
}

/** What stands at each place, by its path. Holds on to nothing. */
export type Summary = ReadonlyMap<string, Part>;

/** @param roots the names of the arguments, such as `argument 0` */
export function summaryOf(children: readonly Pattern[], roots: readonly string[]): Summary {
  const parts = new Map<string, Part>([["arguments", part("structure", count(children.length, "argument"))]]);
  for (const [i, child] of children.entries()) visit(child, roots[i]!, parts);
  return parts;
}

function visit(pattern: Pattern, path: string, parts: Map<string, Part>): void {
  parts.set(path, describe(pattern));
  const below = (name: unknown, child: Pattern | undefined) => {
    if (child) visit(child, `${path}.${String(name)}`, parts);
  };
  if ("attributes" in pattern) {
    for (const [i, child] of pattern.children.entries()) below(pattern.attributes[i], child);
  } else if ("children" in pattern) {
    for (const [i, child] of pattern.children.entries()) {
      const key = "keys" in pattern ? pattern.keys[i] : undefined;
      below(key?.kind === "static" ? key.value : i, child);
    }
  }
  if (pattern.kind === "map") for (const [i, key] of pattern.keys.entries()) below(`key ${i}`, key);
  if (pattern.kind === "state") {
    const { selects, parts: made } = pattern.origin;
    parts.set(`the filter of ${path}`, { sort: "function", text: shortened(selects.name || "a predicate"), id: made.map(idOf).join() }); // prettier-ignore
    for (const [i, leaf] of pattern.leaves.entries()) below(pattern.paths[i]!.join("."), leaf);
  }
  const properties = pattern.kind === "function" ? pattern.set?.properties : propertiesOf(pattern);
  if (properties) {
    const { names, children, hidden, hiddenChildren } = properties;
    for (const [i, child] of children.entries()) below(names[i], child);
    for (const [i, child] of hiddenChildren.entries()) below(hidden[i], child);
  }
}

function propertiesOf(pattern: Pattern): Properties | undefined {
  return "properties" in pattern ? pattern.properties : undefined;
}

function describe(pattern: Pattern): Part {
  switch (pattern.kind) {
    case "static":
      return describeStatic(pattern.value);
    case "absent":
      return part("structure", "nothing");
    case "constant":
      return describeConstant(pattern.value, pattern.parts);
    case "function":
      return describeFunction(pattern.reference.deref());
    case "tensor":
      return part("shape", `${pattern.dtype}[${pattern.shape.join(", ")}]`);
    case "variable": {
      const { variable, dtype, shape, metadata } = pattern;
      const text = `${classNameOf(variable)} of ${dtype}[${shape.join(", ")}]`;
      return { sort: "shape", text, id: Object.entries(metadata).flat().map(idOf).join() };
    }
    case "tfVariable":
      return part("shape", `tf.Variable of ${pattern.variable.dtype}[${pattern.variable.shape.join(", ")}]`);
    case "definition":
      return { sort: "object", text: "a GraphDef", id: pattern.signature.map(idOf).join() };
    case "content": {
      const content = Array.from(pattern.content).join("/");
      const name = pattern.prototype ? classNameOf(pattern.prototype) : "object";
      return { sort: "object", text: shortened(`${name} ${content}`), id: content };
    }
    case "list":
      return part("structure", count(pattern.children.length, "element"));
    case "map":
    case "set":
      return part("structure", `${pattern.kind} of ${pattern.children.length}`);
    case "state":
      return part("structure", `State of ${pattern.leaves.length}`);
    case "node": {
      const prototype: unknown = Object.getPrototypeOf(pattern.node);
      return { sort: "object", text: article(classNameOf(pattern.node)), id: idOf(prototype) };
    }
    case "record": {
      const name = pattern.prototype ? classNameOf(pattern.prototype) : "object";
      return { sort: "object", text: article(name), id: idOf(pattern.prototype) };
    }
    default:
      return { sort: "structure", text: "an object that stands elsewhere, too", id: String(pattern.index) };
  }
}

function describeStatic(value: unknown): Part {
  if (typeof value === "object" && value !== null)
    return { sort: "object", text: article(classNameOf(value)), id: idOf(value) };
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return {
    sort: "number",
    text: shortened(text),
    id: `${typeof value} ${text}${Object.is(value, -0) ? "-" : ""}`,
  };
}

function describeFunction(value: object | undefined): Part {
  return { sort: "function", text: value ? nameOf(value) : "a function", id: idOf(value) };
}

function describeConstant(value: unknown, parts: readonly unknown[]): Part {
  const recipe = recipeOf(value as object);
  const text = recipe ? `${nameOf(recipe.maker)}(…)` : "a frozen object";
  return { sort: recipe ? "function" : "object", text, id: parts.map(idOf).join() };
}

const part = (sort: Sort, text: string): Part => ({ sort, text, id: text });

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;

const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);

function nameOf(value: object): string {
  const { name } = value as { name?: unknown };
  return typeof name === "string" && name !== "" ? name : "a function without a name";
}

const ids = new WeakMap<object, number>();
let lastId = 0;

/** The same text for the same value only, which it does not keep. */
function idOf(value: unknown): string {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) {
    return `${typeof value} ${String(value)}`;
  }
  const id = ids.get(value) ?? ++lastId;
  ids.set(value, id);
  return `#${id}`;
}

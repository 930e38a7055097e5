/** @file Functions that look at everything in their arguments see what is there now, in trees of all kinds. */
import { jit, JitArgumentError } from "@nnx-js/jit";
import { Module, Param } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, inject, test } from "vitest";
import { first, tidied } from "./inside.ts";

/** How many, and which: `TREES=10000 SEED=3` tries others. */
const { TREES: RUNS = inject("backend") === "webgpu" ? 15 : 200, SEED = 5 } = globalThis.process?.env ?? {};

class Plain {
  declare k?: unknown;
}
class Node extends Module {
  declare k?: unknown;
}

const KINDS = ["record", "bare", "plain", "node", "list", "map", "set", "function"] as const;
const KEYS: readonly PropertyKey[] = ["a", "b", "k", "0", "1", Symbol("s"), Symbol("t")];

/** A leaf, or what holds others. */
type Tree =
  | { readonly leaf: number | string | boolean | null | undefined | bigint }
  | { readonly tensor: number }
  | { readonly param: number }
  | { readonly date: number }
  | { readonly kind: (typeof KINDS)[number]; readonly entries: readonly Entry[] };

interface Entry {
  readonly key: number;
  readonly how: "plain" | "hidden" | "getter";
  readonly child: Tree;
}

/** What is done to the `place`-th container of an object before a call. */
type Change = {
  readonly place: number;
  readonly entry: Entry;
  readonly what: "set" | "delete" | "push";
};

interface Call {
  /** Which tree, and whether it is made anew. */
  readonly tree: number;
  readonly isFresh: boolean;
  readonly change: Change | undefined;
}

const { tree: trees, entry: entries } = fc.letrec<{ tree: Tree; entry: Entry }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({
      leaf: fc.constantFrom(0, -0, 1, 2, NaN, "", "x", true, false, null, undefined, 1n, 2n),
    }),
    fc.record({ tensor: fc.nat(9) }),
    fc.record({ param: fc.nat(9) }),
    fc.record({ date: fc.nat(3) }),
    fc.record({ kind: fc.constantFrom(...KINDS), entries: fc.array(tie("entry"), { maxLength: 3 }) }),
  ),
  entry: fc.record({
    key: fc.nat(KEYS.length - 1),
    // Getters are refused: few trees should have one.
    how: fc.constantFrom(
      ...Array<"plain">(30).fill("plain"),
      ...Array<"hidden">(10).fill("hidden"),
      "getter" as const,
    ),
    child: tie("tree"),
  }),
}));

const calls: fc.Arbitrary<Call> = fc.record({
  tree: fc.nat(1),
  isFresh: fc.boolean(),
  change: fc.option(
    fc.record({
      place: fc.nat(20),
      entry: entries,
      what: fc.constantFrom("set" as const, "set" as const, "delete" as const, "push" as const),
    }),
    { nil: undefined },
  ),
});

function build(tree: Tree): unknown {
  if ("leaf" in tree) return tree.leaf;
  if ("tensor" in tree) return tf.scalar(tree.tensor);
  if ("param" in tree) return new Param(tf.scalar(tree.param));
  if ("date" in tree) return new Date(tree.date);
  const object = empty(tree.kind);
  for (const entry of tree.entries) put(object, entry);
  return object;
}

function empty(kind: (typeof KINDS)[number]): object {
  switch (kind) {
    case "record":
      return {};
    case "bare":
      return Object.create(null) as object;
    case "plain":
      return new Plain();
    case "node":
      return new Node();
    case "list":
      return [];
    case "map":
      return new Map();
    case "set":
      return new Set();
    default:
      return () => 0;
  }
}

function put(object: object, { key, how, child }: Entry, isLate = false): void {
  const name = KEYS[key]!;
  const value = build(child);
  // A tensor there is refused.
  if ("tensor" in child && how === "hidden" && (object instanceof Map || object instanceof Set)) return;
  // What is hidden on a Module or a function is there from the beginning.
  const isFast = object instanceof Node || typeof object === "function";
  if (isLate && isFast && (how === "hidden" || (typeof object === "function" && typeof name === "symbol")))
    return;
  if (how === "getter") {
    Object.defineProperty(object, name, { get: () => 3, enumerable: true, configurable: true });
  } else if (how === "hidden") {
    Object.defineProperty(object, name, { value, enumerable: false, writable: true, configurable: true });
  } else if (object instanceof Map) object.set(name, value);
  // Those of a Set are static, and told by what they hold.
  else if (object instanceof Set) object.add("leaf" in child ? value : String(name));
  else Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}

/** All that can be changed in a value. */
function containersIn(value: unknown, found: object[] = []): object[] {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  if (!isObject || value instanceof tf.Tensor || value instanceof Param || value instanceof Date)
    return found;
  found.push(value);
  if (value instanceof Map) for (const child of value.values()) containersIn(child, found);
  for (const key of ownKeys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, key)!;
    if ("value" in property) containersIn(property.value, found);
  }
  return found;
}

function apply({ place, entry, what }: Change, value: unknown): void {
  const containers = containersIn(value);
  const container = containers[place % Math.max(containers.length, 1)];
  if (!container) return;
  if (what === "set") put(container, entry, true);
  else if (what === "push") {
    if (Array.isArray(container)) container.push(build(entry.child));
  } else if (container instanceof Map || container instanceof Set) container.delete(KEYS[entry.key]);
  else Reflect.deleteProperty(container, KEYS[entry.key]!);
}

const ownKeys = (value: object) =>
  Reflect.ownKeys(value).filter(
    (key) => typeof value !== "function" || !["length", "name", "prototype"].includes(String(key)),
  );

/** A number for all that is static in `value`; its tensors are put into `tensors`. */
function digest(value: unknown, tensors: tf.Tensor[]): number {
  const mix = (a: number, b: number) => (Math.imul(a, 31) + b) % 9973;
  const textOf = (text: string) => Array.from(text, (c) => c.charCodeAt(0)).reduce(mix, 7);
  if (value instanceof tf.Tensor) return tensors.push(value);
  if (value instanceof Param) return tensors.push(value.value) + 100;
  if ((typeof value !== "object" && typeof value !== "function") || value === null) {
    return textOf(`${typeof value} ${Object.is(value, -0) ? "-0" : String(value)}`);
  }
  if (value instanceof Date) return value.getTime() + 200;
  const prototype: unknown = Object.getPrototypeOf(value);
  const classes: unknown[] = [null, Object.prototype, Plain.prototype, Node.prototype, Array.prototype];
  let sum = classes.indexOf(prototype) + 300;
  if (value instanceof Map) {
    for (const [key, child] of value as Map<PropertyKey, unknown>) {
      sum = mix(mix(sum, KEYS.indexOf(key)), digest(child, tensors));
    }
  }
  if (value instanceof Set) for (const item of value) sum = mix(sum, digest(item, tensors));
  // In which order hidden ones stand among others is not told.
  const isShown = (key: PropertyKey) => typeof key === "string" && Object.keys(value).includes(key);
  const hidden = ownKeys(value).filter((key) => !isShown(key));
  hidden.sort((a, b) => KEYS.indexOf(a) - KEYS.indexOf(b));
  for (const key of [...Object.keys(value), ...hidden]) {
    const { enumerable } = Object.getOwnPropertyDescriptor(value, key)!;
    const child = (value as Record<PropertyKey, unknown>)[key];
    sum = mix(mix(sum, KEYS.indexOf(key) + (enumerable ? 20 : 40)), digest(child, tensors));
  }
  return sum;
}

function run(value: unknown, x: tf.Tensor): tf.Tensor {
  const tensors: tf.Tensor[] = [];
  const sum = digest(value, tensors);
  return tensors.reduce((total, tensor, i) => tf.add(total, tf.mul(tensor, i + 1)), tf.mul(x, sum));
}

function hasGetter(value: unknown): boolean {
  return containersIn(value).some((container) =>
    ownKeys(container).some((key) => !("value" in Object.getOwnPropertyDescriptor(container, key)!)),
  );
}

test("random trees of arguments, changed between calls", async () => {
  const sequences = fc.array(calls, { minLength: 2, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.tuple(trees, trees), sequences, (specs, sequence) =>
      tidied(async () => {
        const f = jit((value: unknown, x: tf.Tensor) => run(value, x));
        const built = specs.map(build);
        for (const [i, { tree, isFresh, change }] of sequence.entries()) {
          const value = isFresh ? build(specs[tree]!) : built[tree];
          if (change) apply(change, value);
          const x = tf.scalar(i);
          let found: unknown;
          try {
            found = await first(f(value, x));
          } catch (error) {
            if (!(error instanceof JitArgumentError) || !hasGetter(value)) throw error;
            continue;
          }
          expect({ found, i }).toEqual({ found: await first(run(value, x)), i });
        }
        f.dispose();
      }),
    ),
    { numRuns: Number(RUNS), seed: Number(SEED) },
  );
});

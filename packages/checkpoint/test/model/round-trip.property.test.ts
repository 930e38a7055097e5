/** @file What is saved and loaded is equal, whatever the modules, containers, kinds, dtypes and shapes. */
import { loadModel } from "@nnx-js/checkpoint";
import {
  BatchStat,
  Dict,
  evalShape,
  isVariable,
  iterVariables,
  List,
  Module,
  OptState,
  Param,
  type Path,
  RngCount,
  state,
  Variable,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keysOf, nameOf } from "../../src/model/names.ts";
import { saved } from "./in-memory.ts";

class Node extends Module {
  [name: string]: unknown;
}

const KINDS = [Param, BatchStat, OptState, RngCount, Variable];

interface LeafPlan {
  readonly kind: number;
  readonly dtype: "float32" | "int32" | "bool";
  readonly shape: number[];
}
/** `back` is the nth Variable or node made so far, so that parts are shared and graphs have cycles. */
type Plan =
  LeafPlan | { readonly back: number } | { readonly branch: string; readonly children: [string, Plan][] };

const leaf = fc.record<LeafPlan>({
  // Beyond the kinds: a plain tensor.
  kind: fc.nat(KINDS.length),
  dtype: fc.constantFrom("float32", "int32", "bool"),
  shape: fc.array(fc.nat(3), { maxLength: 4 }),
});
const key = fc.oneof(
  fc.constantFrom(
    "a",
    "kernel",
    "a.b",
    "\\",
    ".",
    "",
    "__proto__",
    "__metadata__",
    "constructor",
    "0",
    "é/😀",
  ),
  fc.string({ maxLength: 4 }).filter((text) => !/\p{Surrogate}/u.test(text)),
);
const { plan } = fc.letrec<{ plan: Plan }>((tie) => ({
  plan: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: fc.nat(20).map((back) => ({ back })) },
    {
      weight: 4,
      arbitrary: fc.record({
        branch: fc.constantFrom("node", "list", "dict", "array", "map", "object"),
        children: fc.uniqueArray(fc.tuple(key, tie("plan")), { maxLength: 4, selector: ([name]) => name }),
      }),
    },
  ),
}));
const root = fc.record({
  branch: fc.constantFrom("node", "dict", "array", "map", "object"),
  children: fc.uniqueArray(fc.tuple(key, plan), { minLength: 1, maxLength: 5, selector: ([name]) => name }),
});

function tensorOf({ dtype, shape }: LeafPlan, seed: number): tf.Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const at = (i: number) => Math.sin(12.9898 * (i + 1) + 78.233 * seed);
  if (dtype === "float32")
    return tf.tensor(
      Float32Array.from({ length: size }, (_, i) => at(i)),
      shape,
    );
  if (dtype === "bool") return tf.tensor(Uint8Array.from({ length: size }, (_, i) => (at(i) > 0 ? 1 : 0)), shape, dtype); // prettier-ignore
  return tf.tensor(
    Int32Array.from({ length: size }, (_, i) => at(i) * 2 ** 31),
    shape,
    dtype,
  );
}

/** The same structure for each seed, with other values. */
function build(planned: Plan, seed: number, made: object[] = []): unknown {
  const remember = <T extends object>(value: T): T => {
    made.push(value);
    return value;
  };
  if ("back" in planned) return made.length === 0 ? 0 : made[planned.back % made.length];
  if ("shape" in planned) {
    const tensor = tensorOf(planned, seed + made.length);
    const Kind = KINDS[planned.kind];
    return Kind ? remember(new Kind(tensor)) : tensor;
  }
  const children = planned.children;
  if (planned.branch === "array") return children.map(([, child]) => build(child, seed, made));
  if (planned.branch === "list") {
    const list = remember(new List<unknown>());
    for (const [, child] of children) list.push(build(child, seed, made));
    return list;
  }
  if (planned.branch === "map") {
    const map = remember(new Map<string | number, unknown>());
    // Indices as keys too, of which a Map can have both sorts.
    for (const [i, [name, child]] of children.entries())
      map.set(i % 2 ? 100 + i : name, build(child, seed, made));
    return map;
  }
  const parent: object = planned.branch === "node" ? new Node() : planned.branch === "dict" ? new Dict() : {};
  remember(parent);
  for (const [name, child] of children) {
    const value = build(child, seed, made);
    if (planned.branch !== "object" && name in parent) continue;
    Object.defineProperty(parent, name, { value, writable: true, enumerable: true, configurable: true });
  }
  return parent;
}

async function contents(node: unknown): Promise<[string, unknown, string, readonly number[], number[]][]> {
  const found: [string, unknown, string, readonly number[], number[]][] = [];
  for (const [path, value] of state(node)) {
    const tensor = isVariable(value) ? value.value : value;
    found.push([
      JSON.stringify(path),
      value.constructor,
      tensor.dtype,
      tensor.shape,
      [...(await tensor.data())],
    ]);
  }
  return found;
}

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test("a tree of any sort that is loaded into another of its structure is equal to it", async () => {
  await fc.assert(
    fc.asyncProperty(root, async (planned) => {
      const [one, two] = [build(planned, 1), build(planned, 1000)];
      const variables = iterVariables(two);
      await loadModel(two, await saved(one));
      expect(await contents(two)).toEqual(await contents(one));
      expect(iterVariables(two).every(([, variable], i) => variable === variables[i]![1])).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test("so is one that had no values", async () => {
  await fc.assert(
    fc.asyncProperty(root, async (planned) => {
      // A Module around it: evalShape refuses containers that hold themselves.
      const make = (seed: number) => Object.assign(new Node(), { node: build(planned, seed) });
      const [one, two] = [make(1), evalShape(() => make(1000))];
      await loadModel(two, await saved(one));
      expect(await contents(two)).toEqual(await contents(one));
    }),
    { numRuns: 50 },
  );
});

test("names are told apart as paths are, and give their keys back", () => {
  const path: fc.Arbitrary<Path> = fc.array(key, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(path, path, (a, b) => {
      expect(keysOf(nameOf(a))).toEqual(a);
      expect(nameOf(a) === nameOf(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      expect(nameOf(a)).not.toBe("__metadata__");
    }),
    { numRuns: 500 },
  );
});

import {
  clone,
  graphdef,
  iterGraph,
  kindOf,
  merge,
  Param,
  type Path,
  split,
  State,
  state,
  type StateLeaf,
  update,
  isVariable,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { beforeEach, afterEach, describe, expect, test } from "vitest";
import { randomModel, valueOf } from "./models.ts";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const RUNS = { numRuns: 60 };

/** Every way to reach something, shared parts as often as they are reached, cycles once around. */
function shape(root: unknown): string[] {
  const first = new Map<unknown, string>();
  const lines: string[] = [];
  function walk(value: unknown, path: Path): void {
    const kind = kindOf(value);
    if (kind === "static") {
      lines.push(`${path.join("/")} = ${typeof value === "number" ? value : typeof value}`);
      return;
    }
    const known = first.get(value);
    if (known !== undefined && kind !== "tensor") {
      lines.push(`${path.join("/")} -> ${known}`);
      return;
    }
    first.set(value, path.join("/"));
    lines.push(`${path.join("/")}: ${(value as object).constructor.name}`);
    if (kind === "variable" || kind === "tensor") return;
    const entries =
      value instanceof Map
        ? [...value]
        : Object.entries(value as object).map(([key, child]) => [key, child] as const);
    const named = entries.map(([key, child]) => [`${typeof key}:${key}`, key, child] as const);
    named.sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [, key, child] of named) walk(child, [...path, key as string]);
  }
  walk(root, []);
  return lines;
}

const leavesOf = (node: unknown): [string, StateLeaf][] =>
  [...state(node)].map(([path, leaf]) => [path.join("/"), leaf]);

describe("for any tree of modules, with sharing and cycles", () => {
  test("merge of split has the same structure, sharing and cycles, and the very same Variables", () => {
    fc.assert(
      fc.property(randomModel, (model) => {
        const copy = merge(...split(model));
        expect(copy).not.toBe(model);
        expect(shape(copy)).toEqual(shape(model));
        for (const [i, [path, leaf]] of leavesOf(copy).entries()) {
          expect([path, leaf]).toEqual([leavesOf(model)[i]![0], leaf]);
          expect(leaf).toBe(leavesOf(model)[i]![1]);
        }
      }),
      RUNS,
    );
  });

  test("split by filters and merged in any order gives the same as split whole", () => {
    fc.assert(
      fc.property(randomModel, (model) => {
        const [definition, params, rest] = split(model, Param, true);
        expect(shape(merge(definition, rest, params))).toEqual(shape(model));
        expect(params.size + rest.size).toBe(state(model).size);
        expect([...params].every(([, leaf]) => leaf instanceof Param)).toBe(true);
        expect([...rest].some(([, leaf]) => leaf instanceof Param)).toBe(false);
      }),
      RUNS,
    );
  });

  test("a clone has the same structure and values and shares nothing", async () => {
    await fc.assert(
      fc.asyncProperty(randomModel, async (model) => {
        const copy = clone(model);
        expect(shape(copy)).toEqual(shape(model));
        const [ours, theirs] = [leavesOf(model), leavesOf(copy)];
        for (const [i, [, leaf]] of theirs.entries()) {
          expect(leaf).not.toBe(ours[i]![1]);
          expect(await valueOf(leaf)).toEqual(await valueOf(ours[i]![1]));
        }
        const nodes = new Set([...iterGraph(model)].map(([, value]) => value));
        const both = [...iterGraph(copy)].filter(
          ([, value]) => kindOf(value) !== "static" && nodes.has(value),
        );
        expect(both).toEqual([]);
      }),
      RUNS,
    );
  });

  test("a clone without variables has new nodes and the very same Variables", () => {
    fc.assert(
      fc.property(randomModel, (model) => {
        const copy = clone(model, { variables: false });
        expect(copy).not.toBe(model);
        expect(shape(copy)).toEqual(shape(model));
        expect(leavesOf(copy).map(([, leaf]) => leaf)).toEqual(leavesOf(model).map(([, leaf]) => leaf));
        for (const [i, [, leaf]] of leavesOf(copy).entries()) expect(leaf).toBe(leavesOf(model)[i]![1]);
      }),
      RUNS,
    );
  });

  test("graph definitions of a model, its copies and its copies' copies are equal", () => {
    fc.assert(
      fc.property(randomModel, (model) => {
        const definition = graphdef(model);
        expect(definition.equals(graphdef(model))).toBe(true);
        expect(definition.equals(graphdef(clone(model)))).toBe(true);
        expect(graphdef(merge(...split(clone(model)))).equals(definition)).toBe(true);
      }),
      RUNS,
    );
  });

  test("update with the model's own state changes nothing, update of a clone gives it the values", async () => {
    await fc.assert(
      fc.asyncProperty(randomModel, async (model) => {
        const copy = clone(model);
        const values = await Promise.all(leavesOf(model).map(([, leaf]) => valueOf(leaf)));
        for (const [, leaf] of state(copy))
          if (isVariable(leaf)) leaf.value = tf.neg(tf.onesLike(leaf.value));
        const before = shape(copy);
        update(copy, state(model));
        expect(shape(copy)).toEqual(before);
        expect(await Promise.all(leavesOf(copy).map(([, leaf]) => valueOf(leaf)))).toEqual(values);
        update(model, state(model));
        expect(await Promise.all(leavesOf(model).map(([, leaf]) => valueOf(leaf)))).toEqual(values);
      }),
      RUNS,
    );
  });

  test("a state made from another's entries in any order is the same", () => {
    fc.assert(
      fc.property(
        randomModel.chain((model) =>
          fc.tuple(
            fc.constant(state(model)),
            fc.shuffledSubarray([...state(model)], { minLength: state(model).size }),
          ),
        ),
        ([whole, shuffled]) => {
          expect(new State(shuffled).entries).toEqual(whole.entries);
        },
      ),
      RUNS,
    );
  });

  test("what iterGraph gives comes once, children before the parent, the root last", () => {
    fc.assert(
      fc.property(randomModel, (model) => {
        const visits = [...iterGraph(model)];
        expect(visits.at(-1)).toEqual([[], model]);
        const nodes = visits
          .map(([, value]) => value)
          .filter((value) => !["static", "tensor"].includes(kindOf(value)));
        expect(new Set(nodes).size).toBe(nodes.length);
        const at = new Map(visits.map(([path], i) => [JSON.stringify(path), i]));
        for (const [path] of visits.slice(0, -1)) {
          const parent = JSON.stringify(path.slice(0, -1));
          expect(at.get(parent)).toBeGreaterThan(at.get(JSON.stringify(path))!);
        }
      }),
      RUNS,
    );
  });
});

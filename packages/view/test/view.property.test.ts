/** @file What holds for a view of any model: random graphs with sharing and cycles. */
import { graphdef, iterGraph, iterVariables, Module, Param, Pytree, Rngs, Variable } from "@nnx-js/nn";
import { recursiveMap, view, withAttributes } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { assert, constantFrom, integer, property, record, tuple, array, type Arbitrary } from "fast-check";
import { expect, test } from "vitest";
import { Drop, Print } from "./models.ts";

/** A module with anything below it. */
class Node extends Module {
  readonly drop = new Drop();
  readonly print = new Print("");
  readonly named: Record<string, unknown> = {};
  readonly listed: unknown[] = [];
  readonly mapped = new Map<string, unknown>();
  readonly size: number;
  constructor(size: number) {
    super();
    this.size = size;
  }
}

interface Edge {
  from: number;
  to: number;
  how: "named" | "listed" | "mapped";
}

/** Nodes 0, 1, … joined at random, both ways, so that some are shared and some stand in cycles; 0 is the root. */
const models: Arbitrary<Node> = integer({ min: 1, max: 6 }).chain((count) => {
  const node = integer({ min: 0, max: count - 1 });
  const how = constantFrom<Edge["how"]>("named", "listed", "mapped");
  const edges = array(record({ from: node, to: node, how }), { maxLength: 2 * count });
  const params = array(tuple(node, integer({ min: 0, max: 3 })), { maxLength: count });
  return tuple(edges, params).map(([joined, placed]) => build(count, joined, placed));
});

function build(count: number, edges: readonly Edge[], placed: readonly [number, number][]): Node {
  const nodes = Array.from({ length: count }, (_, i) => new Node(i));
  const params = Array.from({ length: 4 }, (_, i) => new Param(tf.scalar(i)));
  const rngs = new Rngs(0);
  for (const { from, to, how } of edges) put(nodes[from], how, nodes[to]);
  for (const [at, param] of placed) put(nodes[at], "named", params[param]);
  const root = nodes[0] ?? new Node(0);
  put(root, "named", rngs);
  return root;
}

function put(node: Node | undefined, how: Edge["how"], value: unknown): void {
  if (!node) return;
  if (how === "listed") node.listed.push(value);
  else if (how === "mapped") node.mapped.set(`k${node.mapped.size}`, value);
  else node.named[`k${Object.keys(node.named).length}`] = value;
}

const modes = { deterministic: true, msg: "hello" };

/** Every visit, with a number for each object in the order of first visits: equal for graphs of one shape. */
function shapeOf(root: unknown): unknown[] {
  const numbers = new Map<unknown, number>();
  const numberOf = (value: unknown) => {
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return numbers.get(value);
  };
  return [...iterGraph(root)].map(([path, value]) => [
    path.join("."),
    value instanceof Pytree ? [value.constructor.name, Object.values(value).map(numberOf)] : typeof value,
  ]);
}

function check(hold: (model: Node) => void): void {
  assert(
    property(models, (model) => tf.tidy(() => hold(model))),
    { numRuns: 150 },
  );
}

test("a view has the original's Variables, each under the same path", () => {
  check((model) => {
    const [original, copied] = [[...iterVariables(model)], [...iterVariables(view(model, modes))]];
    expect(copied.map(([path]) => path)).toEqual(original.map(([path]) => path));
    expect(copied.every(([, variable], i) => variable === original[i]?.[1])).toBe(true);
  });
});

test("a view has no node of the original's", () => {
  check((model) => {
    const nodes = new Set(
      [...iterGraph(model)].map(([, value]) => value).filter((value) => value instanceof Pytree),
    );
    const shared = [...iterGraph(view(model, modes))].filter(([, value]) => nodes.has(value as Pytree));
    expect(shared).toEqual([]);
  });
});

test("a view has the original's shape: sharing and cycles are the same", () => {
  check((model) => {
    const before = shapeOf(model);
    expect(shapeOf(view(model))).toEqual(before);
    expect(shapeOf(withAttributes(model, { size: 0 })).length).toBe(before.length);
    expect(shapeOf(recursiveMap((_path, node) => node, model))).toEqual(before);
  });
});

test("making a view changes no static attribute of the original, and sets the modes everywhere in the view", () => {
  check((model) => {
    const before = graphdef(model);
    const values = [...iterGraph(view(model, modes))].map(([, value]) => value);
    expect(graphdef(model).equals(before)).toBe(true);
    expect(values.every((value) => !(value instanceof Drop) || value.deterministic)).toBe(true);
    expect(values.every((value) => !(value instanceof Print) || value.msg === "hello")).toBe(true);
  });
});

test("a view of a view in the same modes is equal to it", () => {
  check((model) => {
    const once = view(model, modes);
    expect(graphdef(view(once, modes)).equals(graphdef(once))).toBe(true);
    expect(graphdef(once).equals(graphdef(model))).toBe(false);
  });
});

test("recursiveMap calls its function once for each node and Variable", () => {
  check((model) => {
    const seen: unknown[] = [];
    recursiveMap((_path, node) => {
      if (node instanceof Pytree || node instanceof Variable) seen.push(node);
      return node;
    }, model);
    expect(new Set(seen).size).toBe(seen.length);
    const expected = [...iterGraph(model)].filter(
      ([, value]) => value instanceof Pytree || value instanceof Variable,
    );
    expect(seen.length).toBe(expected.length);
  });
});

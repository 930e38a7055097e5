import {
  Dict,
  iterChildren,
  iterGraph,
  iterModules,
  iterVariables,
  Linear,
  List,
  Module,
  Param,
  relu,
  Rngs,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

class Node extends Module {
  [name: string]: unknown;
}

const p = () => new Param(tf.zeros([1]));
const rngs = () => ({ rngs: new Rngs(0) });
const paths = (visits: Iterable<[readonly (string | number)[], unknown]>) =>
  [...visits].map(([path]) => path.join("/"));

test("modules come children first, keys sorted, the root last", () => {
  const model = new Node();
  model["linear2"] = new Linear(2, 2, rngs());
  model["a"] = new Linear(2, 2, rngs());
  model["buf"] = tf.zeros([2]);
  model["name"] = "n";
  model["lst"] = new List([new Linear(2, 2, rngs()), relu]);
  expect(paths(iterModules(model))).toEqual(["a", "linear2", "lst/0", "lst", ""]);
  expect(paths(iterVariables(model))).toEqual([
    "a/bias",
    "a/kernel",
    "linear2/bias",
    "linear2/kernel",
    "lst/0/bias",
    "lst/0/kernel",
  ]);
});

test("static attributes are visited too, where they stand in the order", () => {
  const model = new Node();
  model["b"] = "text";
  model["c"] = relu;
  model["a"] = new Param(tf.zeros([1]));
  expect([...iterGraph(model)].map(([path, value]) => [path.join("/"), value])).toEqual([
    ["a", model["a"]],
    ["b", "text"],
    ["c", relu],
    ["", model],
  ]);
});

test("keys that are numbers come before strings and by value, strings by code unit", () => {
  const list = new List(Array.from({ length: 11 }, p));
  expect([...iterVariables(list)].map(([path]) => path)).toEqual(Array.from({ length: 11 }, (_, i) => [i]));
  const map = new Map<string | number, Param>([
    ["b", p()],
    [10, p()],
    ["2", p()],
    [2, p()],
    ["B", p()],
  ]);
  expect([...iterVariables(map)].map(([[key]]) => key)).toEqual([2, 10, "2", "B", "b"]);
  const dict = new Dict({ a10: p(), a2: p() });
  expect(paths(iterVariables(dict))).toEqual(["a10", "a2"]);
});

test("containers of any sort and depth are walked, with numbers in the paths of arrays and Lists", () => {
  const model = new Node();
  model["array"] = [p(), [p(), { deep: p() }]];
  model["map"] = new Map<string | number, unknown>([
    ["k", p()],
    [3, [p()]],
  ]);
  model["dict"] = new Dict({ x: p() });
  model["list"] = new List([p()]);
  expect([...iterVariables(model)].map(([path]) => path)).toEqual([
    ["array", 0],
    ["array", 1, 0],
    ["array", 1, 1, "deep"],
    ["dict", "x"],
    ["list", 0],
    ["map", 3, 0],
    ["map", "k"],
  ]);
});

test("a container without data is one static value", () => {
  const model = new Node();
  model["sizes"] = [1, [2, 3]];
  model["names"] = new Map([["a", "b"]]);
  expect(paths(iterGraph(model))).toEqual(["names", "sizes", ""]);
});

test("what is shared comes once, under its first path", () => {
  const shared = new Linear(2, 2, rngs());
  const model = new Node();
  model["b"] = shared;
  model["a"] = { inner: shared };
  model["kernel"] = shared.kernel;
  expect(paths(iterModules(model))).toEqual(["a/inner", ""]);
  expect(paths(iterVariables(model))).toEqual(["a/inner/bias", "a/inner/kernel"]);
});

test("cycles through modules and containers end", () => {
  const model = new Node();
  const child = new Node();
  model["child"] = child;
  child["parent"] = model;
  child["self"] = child;
  child["box"] = [model];
  expect(paths(iterModules(model))).toEqual(["child", ""]);
  expect(paths(iterModules(child))).toEqual(["box/0", ""]);
});

test("direct children are the nodes and Variables, not containers or static values", () => {
  const model = new Linear(2, 2, rngs());
  expect([...iterChildren(model)].map(([key]) => key)).toEqual(["bias", "kernel"]);
  const parent = new Node();
  parent["l"] = model;
  parent["n"] = 3;
  expect([...iterChildren(parent)]).toEqual([["l", model]]);
});

test("accessors, symbols and non-enumerable properties are no children", () => {
  const model = new Node();
  Object.defineProperty(model, "computed", {
    get: () => {
      throw new Error("called");
    },
    enumerable: true,
  });
  Object.defineProperty(model, "hidden", { value: new Param(tf.zeros([1])), enumerable: false });
  Object.assign(model, { [Symbol("s")]: new Param(tf.zeros([1])) });
  expect(paths(iterGraph(model))).toEqual([""]);
});

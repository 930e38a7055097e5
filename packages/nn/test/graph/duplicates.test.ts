import {
  findDuplicates,
  hasData,
  isData,
  iterModuleChildren,
  Linear,
  Param,
  PathContains,
  Rngs,
  variables,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { Node } from "./models.ts";

const linear = () => new Linear(1, 1, { rngs: new Rngs(0) });

describe("findDuplicates", () => {
  test("gives the paths of each node, Variable and tensor that is held more than once", () => {
    const [shared, weight, table] = [linear(), new Param(tf.zeros([1])), tf.ones([1])];
    expect(findDuplicates({ a: shared, b: shared })).toEqual([[["a"], ["b"]]]);
    expect(
      findDuplicates({ z: [weight, table], a: { weight, n: new Map([["t", table]]) }, own: linear() }),
    ).toEqual([
      [
        ["a", "n", "t"],
        ["z", 1],
      ],
      [
        ["a", "weight"],
        ["z", 0],
      ],
    ]);
    expect(findDuplicates(linear())).toEqual([]);
  });

  test("ends in cycles, of modules and of containers", () => {
    const model = Object.assign(new Node(), { w: linear() });
    model["self"] = model;
    const loop: Record<string, unknown> = { w: linear() };
    loop["again"] = loop;
    expect(findDuplicates(model)).toEqual([[[], ["self"]]]);
    expect(findDuplicates(loop)).toEqual([]);
  });

  test("counts the paths that `only` selects", () => {
    const [one, two] = [linear(), linear()];
    const model = { a: one, b: one, c: { one, two }, d: { two } };
    expect(findDuplicates(model, { only: PathContains("c") })).toEqual([]);
    expect(findDuplicates(model, { only: (path) => path.length === 1 })).toEqual([[["a"], ["b"]]]);
  });
});

test("iterModuleChildren gives the direct children that are Modules", () => {
  const model = Object.assign(new Node(), { b: linear(), a: new Param(tf.zeros([1])), rngs: new Rngs(0) });
  expect([...iterModuleChildren(model)]).toEqual([["b", model["b"]]]);
});

test("data are nodes, Variables and tensors, at any depth for hasData", () => {
  const data = [linear(), new Rngs(0), new Param(tf.zeros([1])), tf.zeros([1])];
  expect(data.map(isData)).toEqual([true, true, true, true]);
  expect([[data], { a: 1 }, null, "a", () => 1].map(isData)).toEqual([false, false, false, false, false]);
  expect([data[0], [[data[1]]], { a: new Map([["b", data[2]]]) }].map(hasData)).toEqual([true, true, true]);
  expect([[1, [2]], { a: "b" }, undefined].map(hasData)).toEqual([false, false, false]);
});

test("variables is state without plain tensors", () => {
  const model = Object.assign(new Node(), { w: new Param(tf.zeros([1])), table: tf.zeros([1]) });
  expect(variables(model).entries).toEqual([[["w"], model["w"]]]);
  expect(variables(model, Param).size).toBe(1);
  const [params, rest] = variables(model, Param, true);
  expect([params.size, rest.size]).toEqual([1, 0]);
});

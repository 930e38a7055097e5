import { BatchStat, graphdef, Linear, List, Param, relu, Rngs, softmax, Variable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { Node } from "./models.ts";

function node(attributes: Record<string, unknown>): Node {
  return Object.assign(new Node(), attributes);
}

function same(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const [first, second] = [graphdef(node(a)), graphdef(node(b))];
  expect(first.equals(second)).toBe(second.equals(first));
  return first.equals(second);
}

function loop(n: number) {
  const config: Record<string, unknown> = { n };
  config["self"] = config;
  return { config };
}

const p = () => new Param(tf.zeros([1]));

describe("two graph definitions are equal", () => {
  test("when structure, classes and static values are, whatever the values of Variables", () => {
    expect(same({ a: p(), mode: true }, { a: new Param(tf.ones([3, 3])), mode: true })).toBe(true);
    const rngs = new Rngs(0);
    expect(graphdef(new Linear(2, 3, { rngs })).equals(graphdef(new Linear(2, 3, { rngs })))).toBe(true);
  });

  test("whatever the order in which attributes were set", () => {
    expect(same({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
    expect(
      same(
        {
          m: new Map([
            ["a", 1],
            ["b", 2],
          ]),
        },
        {
          m: new Map([
            ["b", 2],
            ["a", 1],
          ]),
        },
      ),
    ).toBe(true);
  });

  test("when static containers have equal content", () => {
    expect(same({ s: [1, { x: [NaN] }] }, { s: [1, { x: [NaN] }] })).toBe(true);
    expect(same({ s: [1, 2] }, { s: [2, 1] })).toBe(false);
    expect(same({ s: [1] }, { s: { 0: 1 } })).toBe(false);
    expect(same({ s: { x: undefined } }, { s: { y: undefined } })).toBe(false);
    expect(same({ s: new Map([[1, 1]]) }, { s: new Map([["1", 1]]) })).toBe(false);
  });

  test("when static containers that hold themselves have equal content", () => {
    expect(same(loop(1), loop(1))).toBe(true);
    expect(same(loop(1), loop(2))).toBe(false);
  });
});

test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  ["a mode", { deterministic: true }, { deterministic: false }],
  ["a missing attribute", { a: 1 }, {}],
  ["undefined instead of missing", { a: undefined }, {}],
  ["a function", { f: relu }, { f: softmax }],
  ["0 and -0", { a: 0 }, { a: -0 }],
  ["a string and a number", { a: "1" }, { a: 1 }],
])("%s makes the difference", (_, a, b) => {
  expect(same(a, b)).toBe(false);
});

test("the class of a Variable, of a node and of a container makes the difference", () => {
  class Sub extends Node {}
  expect(same({ a: p() }, { a: new BatchStat(tf.zeros([1])) })).toBe(false);
  expect(same({ a: p() }, { a: new Variable(tf.zeros([1])) })).toBe(false);
  expect(same({ a: p() }, { a: tf.zeros([1]) })).toBe(false);
  expect(graphdef(new Node()).equals(graphdef(new Sub()))).toBe(false);
  expect(same({ a: [p()] }, { a: new List([p()]) })).toBe(false);
  expect(same({ a: new Map([["x", p()]]) }, { a: { x: p() } })).toBe(false);
});

test("sharing makes the difference", () => {
  const [x, y] = [p(), p()];
  expect(same({ a: x, b: x }, { a: x, b: y })).toBe(false);
  expect(same({ a: x, b: x }, { a: y, b: y })).toBe(true);
  expect(same({ a: x, b: y, c: x }, { a: x, b: y, c: y })).toBe(false);
});

test("a definition says how many nodes and leaves it has", () => {
  expect(String(graphdef(node({ a: p(), b: [p()] })))).toBe("GraphDef(2 nodes, 2 leaves)");
});

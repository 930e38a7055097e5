import {
  All,
  BatchNorm,
  InvalidArgumentError,
  Linear,
  Module,
  Param,
  PathContains,
  PathIn,
  RngStream,
  select,
  SelectionError,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { makeNet } from "./models.ts";

const textsOf = (paths: readonly (readonly (string | number)[])[]) => paths.map((path) => path.join("."));

describe("a selection", () => {
  test("holds the modules of a class, with their paths", () => {
    const net = makeNet();
    const linears = select(net).where(Linear);
    expect(linears.count).toBe(3);
    expect(linears.paths()).toEqual([["backbone", "layers", 0], ["backbone", "layers", 3], ["head"]]);
    expect(linears.get()).toEqual([net.backbone.layers[0], net.backbone.layers[3], net.head]);
    expect(linears.get()[2]).toBe(net.head);
  });

  test("holds Variables, streams and whatever else a filter selects, parents first", () => {
    const net = makeNet();
    expect(select(net).where(PathContains("bias")).count).toBe(4);
    expect(textsOf(select(net).where(PathContains("head")).paths())).toEqual([
      "head",
      "head.bias",
      "head.kernel",
    ]);
    expect(textsOf(select(net).where("default").paths())).toEqual([
      "backbone.layers.2.rngs",
      "backbone.layers.2.rngs.count",
      "backbone.layers.2.rngs.key",
    ]);
    expect(select(net).where([BatchNorm, RngStream]).count).toBe(2);
    expect(select(net).where(true).get()[0]).toBe(net);
    expect(select(net).where((path, part) => part instanceof Linear && path.length > 1).count).toBe(2);
    expect(
      select({ table: tf.ones([1]), n: 3 })
        .where(tf.Tensor)
        .paths(),
    ).toEqual([["table"]]);
    expect(select([net]).where(Module).paths()[0]).toEqual([0]);
  });

  test("narrows", () => {
    const inBackbone = select(makeNet()).where(PathContains("backbone")).where(Linear);
    expect(textsOf(inBackbone.paths())).toEqual(["backbone.layers.0", "backbone.layers.3"]);
    expect(inBackbone.where(PathIn(["backbone", "layers", 3])).count).toBe(1);
  });

  test("counts what is shared once, and finds it by any of its paths", () => {
    const { head } = makeNet();
    const model = { a: head, b: [head], c: head.kernel };
    expect(select(model).where(Linear).paths()).toEqual([["a"]]);
    expect(
      select(model)
        .where(All(Linear, PathContains("b")))
        .get(),
    ).toEqual([head]);
    expect(select(model).where(PathContains("c")).paths()).toEqual([["a", "kernel"]]);
  });

  test("assertCount passes or says what was selected", () => {
    const linears = select(makeNet()).where(Linear);
    expect(linears.assertCount(3)).toBe(linears);
    expect(() => linears.assertCount(2)).toThrow(SelectionError);
    expect(() => linears.assertCount(2)).toThrow(
      "Net: where(Linear): expected 2 parts, found 3: backbone.layers.0 (Linear), backbone.layers.3 (Linear), " +
        "head (Linear). Change the filter, or write assertCount(3).",
    );
    expect(() => select(makeNet()).where(Param).where(Linear).assertCount(1)).toThrow(
      "Net: where(Param).where(Linear): expected 1 part, found 0. Change the filter, or write assertCount(0).",
    );
    const many = Array.from({ length: 30 }, () => new Param(tf.zeros([1])));
    expect(() => select({ many }).where(Param).assertCount(1)).toThrow(/many\.19 \(Param\) and 10 more\./);
  });

  test("may be empty as long as nothing is done with it", () => {
    const nothing = select(makeNet()).where(PathContains("nowhere"));
    expect([nothing.count, nothing.paths(), nothing.get()]).toEqual([0, [], []]);
    expect(nothing.assertCount(0)).toBe(nothing);
  });
});

describe("surgery on nothing is an error", () => {
  test("that tells near misses and what there is", () => {
    const net = makeNet();
    const operations = [
      ["set", () => select(net).where(PathContains("kernal")).set(null)],
      [
        "map",
        () =>
          select(net)
            .where(PathContains("kernal"))
            .map((part) => part),
      ],
      ["remove", () => select(net).where(PathContains("kernal")).remove()],
      ["freeze", () => select(net).where(PathContains("kernal")).freeze()],
      ["unfreeze", () => select(net).where(PathContains("kernal")).unfreeze()],
    ] as const;
    for (const [name, operation] of operations) {
      expect(operation).toThrow(SelectionError);
      expect(operation).toThrow(
        `Net: where(PathContains("kernal")) selects nothing to ${name}. Did you mean kernel? There are: 1 Net, ` +
          "1 Sequential, 3 Linear, 8 Param, 1 BatchNorm, 2 BatchStat, 1 Dropout, 1 RngStream, 1 RngCount, 1 RngKey.",
      );
    }
  });

  test("that knows classes, tags and indices", () => {
    class Liner extends Module {}
    const net = makeNet();
    expect(() => select(net).where(Liner).remove()).toThrow(
      /where\(Liner\) selects nothing to remove\. Did you mean Linear\?/,
    );
    expect(() => select(net).where("defualt").remove()).toThrow(
      /where\("defualt"\) .* Did you mean default\?/,
    );
    expect(() =>
      select(net)
        .where(All(Linear, PathContains("0")))
        .remove(),
    ).toThrow(
      /where\(All\(Linear, PathContains\("0"\)\)\) selects nothing to remove\. Indices are numbers and names are strings: did you mean 0\? There are:/,
    );
    expect(() =>
      select(net)
        .where(() => false)
        .remove(),
    ).toThrow(/where\(a predicate\) selects nothing/);
  });

  test("of what is no model", () => {
    expect(() => select(tf.zeros([1]))).toThrow(InvalidArgumentError);
    expect(() => select([1, 2])).toThrow(
      "select: expected a Module, or an array or object of Modules, got Array. Write select(model).where(Linear).",
    );
  });
});

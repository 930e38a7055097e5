/** @file States as arguments: what their filters select is part of what they are. */
import { jit } from "@nnx-js/jit";
import {
  All,
  Any,
  type Filter,
  grad,
  GraphStructureError,
  Linear,
  mapState,
  mergeState,
  Not,
  Param,
  type Path,
  PathContains,
  Rngs,
  State,
  state,
  update,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { beforeEach, describe, expect, test } from "vitest";

test("a State that was made by hand is none that a filter has selected", () => {
  const model = new Linear(2, 2, { rngs: new Rngs(0) });
  const write = jit((values: State) => update(model, values));
  const selected = () => state(model, PathContains("kernel"));
  const byHand = () => new State([...selected()]);
  expect(() => write(new State([[["weight"], tf.zeros([2, 2])]]))).toThrow(GraphStructureError);
  // By hand, all Params are to be there; a filter says that no other was meant.
  for (let i = 0; i < 2; i++) {
    expect(() => write(byHand())).toThrow(/Missing: bias/);
    write(selected());
  }
  expect(write.cacheSize()).toBe(1);
});

describe("States of equal paths", () => {
  let model: Linear, other: Linear;
  const kernelOf = (filter: Filter) => state(other, filter);
  beforeEach(() => {
    model = new Linear(2, 2, { rngs: new Rngs(0) });
    other = new Linear(2, 2, { useBias: false, rngs: new Rngs(1) });
  });

  test("of filters that mean more or less of the model have programs of their own", () => {
    const write = jit((values: State) => update(model, values));
    for (let i = 0; i < 2; i++) {
      write(kernelOf(PathContains("kernel")));
      // The bias is a Param, too, which this State should have.
      expect(() => write(kernelOf(Param))).toThrow(/Missing: bias/);
      expect(() => write(kernelOf([Param]))).toThrow(/Missing: bias/);
      write(kernelOf(Any(PathContains("kernel"), PathContains("scale"))));
    }
    // What fails is not kept.
    expect(write.cacheSize()).toBe(2);
  });

  test("give States that stand for what their filter selects", () => {
    const double = jit((values: State) => mapState((_, leaf) => tf.mul((leaf as Param).value, 2), values));
    for (let i = 0; i < 2; i++) {
      update(model, double(kernelOf(PathContains("kernel"))));
      expect(() => update(model, double(kernelOf(Param)))).toThrow(/Missing: bias/);
    }
  });

  test("share a program where the filters were made alike, or are one", () => {
    const write = jit((values: State) => update(model, values));
    const mine = (path: Path) => path[0] === "kernel";
    for (let i = 0; i < 3; i++) {
      write(state(model, Param));
      write(kernelOf(All(Param, Not(PathContains("bias")))));
      write(kernelOf(mine));
      write(state(model, PathContains("bias"), true)[1]);
      write(mergeState(kernelOf(mine), state(model, PathContains("bias"))));
      const rest = state(model);
      rest.delete("bias");
      write(rest);
    }
    expect(write.cacheSize()).toBe(6);
  });

  test("of gradients share one", () => {
    const read = jit((grads: State) => tf.sum(grads.leaf<Param>("kernel").value));
    for (let i = 0; i < 3; i++) {
      using grads = grad((model: Linear) => tf.sum(model.forward(tf.ones([1, 2]))))(model);
      expect(read(grads).dataSync()[0]).toBe(4);
    }
    expect(read.cacheSize()).toBe(1);
  });
});

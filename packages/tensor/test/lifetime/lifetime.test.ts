/** @file Tensors that free themselves: `using` and scopes. */
import { AsyncFunctionError, scope } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";

function makeAndFail(): never {
  using x = tf.ones([2]);
  throw new RangeError(`${x.size}`);
}

const makeAndWait = () =>
  scope(async () => {
    tf.ones([2]);
    await Promise.resolve();
  });

describe("using", () => {
  it("frees a tensor at the end of the block, also after an exception", () => {
    const before = tf.memory().numTensors;
    {
      using x = tf.ones([2]);
      expect(x.isDisposed).toBe(false);
    }
    expect(makeAndFail).toThrow(RangeError);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("does no harm to a tensor that was disposed of, nor twice", () => {
    const before = tf.memory().numTensors;
    const x = tf.ones([2]);
    x.dispose();
    x[Symbol.dispose]();
    x[Symbol.dispose]();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("frees tf.Variables, and makes tensors Disposable by type", () => {
    const before = tf.memory().numTensors;
    {
      using initial = tf.ones([2]);
      using v = tf.variable(initial);
      const items: Disposable[] = [v, initial];
      expect(items).toHaveLength(2);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it("is not seen when properties are listed", () => {
    expect(Object.keys(tf.Tensor.prototype)).not.toContain(Symbol.dispose);
    expect(Object.getOwnPropertyDescriptor(tf.Tensor.prototype, Symbol.dispose)?.enumerable).toBe(false);
  });
});

describe("scope", () => {
  it("keeps what the result holds at any depth, and frees the rest", async () => {
    const before = tf.memory().numTensors;
    class Pair {
      readonly first = tf.scalar(1);
      readonly rest = [{ second: tf.scalar(2) }];
    }
    const symbol = Symbol("key");
    const result = scope(() => {
      tf.square(tf.ones([10]));
      const pair: Pair & { self?: unknown } = new Pair();
      pair.self = pair;
      return {
        pair,
        map: new Map<unknown, unknown>([["a", new Set([tf.scalar(3)])]]),
        [symbol]: tf.scalar(4),
        numbers: new Float32Array(3),
        nothing: null,
      };
    });
    expect(tf.memory().numTensors).toBe(before + 4);
    await expect(result.pair.rest[0]!.second).toBeAllClose([2]);
    await expect(result[symbol]).toBeAllClose([4]);
    const [three] = result.map.get("a") as Set<tf.Tensor>;
    tf.dispose([result.pair.first, result.pair.rest[0]!.second, three, result[symbol]]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("leaves tensors from outside and kept ones alone", () => {
    const before = tf.memory().numTensors;
    const outside = tf.ones([2]);
    let kept: tf.Tensor | undefined;
    scope(() => {
      kept = tf.keep(tf.add(outside, 1));
      tf.mul(kept, outside);
    });
    expect([kept?.isDisposed, outside.isDisposed]).toEqual([false, false]);
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose([kept!, outside]);
  });

  it("hands the result to a scope around it", () => {
    const before = tf.memory().numTensors;
    scope(() => {
      const inner = scope(() => ({ x: tf.ones([2]) }));
      expect(inner.x.isDisposed).toBe(false);
    });
    tf.tidy(() => {
      scope(() => [tf.ones([2])]);
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it("frees everything after an exception, which passes through", () => {
    const before = tf.memory().numTensors;
    expect(() =>
      scope(() => {
        tf.ones([2]);
        throw new RangeError("mine");
      }),
    ).toThrow(new RangeError("mine"));
    expect(tf.memory().numTensors).toBe(before);
  });

  it("does not run accessors of the result", () => {
    const result = scope(() => ({
      get trap(): never {
        throw new Error("ran");
      },
    }));
    expect(() => result.trap).toThrow("ran");
  });

  it("refuses asynchronous functions, and frees what they made so far", () => {
    const before = tf.memory().numTensors;
    expect(makeAndWait).toThrow(AsyncFunctionError);
    expect(tf.memory().numTensors).toBe(before);
  });
});

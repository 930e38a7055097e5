/** @file Errors of TensorFlow.js and of the user's code say which Module threw them and who called it. */
import { inspect } from "node:util";
import { clone, DtypeError, grad, Linear, Module, NnxError, Rngs, Sequential } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

class HalfError extends Error {
  readonly half: number;
  constructor(half: number) {
    super(`half of ${half * 2}`);
    this.half = half;
  }
}

/** Throws what it is given. */
class Throws extends Module {
  forward(thrown: unknown): never {
    throw thrown;
  }
}

class ThrowsLater extends Module {
  async forward(x: tf.Tensor): Promise<tf.Tensor> {
    await Promise.resolve();
    return tf.matMul(x, tf.ones([7, 7]));
  }
}

/** A user's layer: the product does not fit. */
class Bad extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return tf.matMul(x, tf.ones([7, 7]));
  }
}

class Outer<M extends Module> extends Module {
  readonly blocks: M[];
  constructor(inner: M) {
    super();
    this.blocks = [inner];
  }
  forward(...args: M extends { forward(...args: infer A): unknown } ? A : never): unknown {
    return (this.blocks[0] as unknown as { forward(...args: unknown[]): unknown }).forward(...args);
  }
}

function thrownBy(fn: () => unknown): Error {
  try {
    fn();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

const x = () => tf.ones([2, 3]);
const throwing = (thrown: unknown) => thrownBy(() => new Outer(new Throws()).forward(thrown));

describe("an error of foreign code inside forward", () => {
  test("has the path of the innermost module, the caller's frames, and its cause", () => {
    const model = new Outer(new Outer(new Bad()));
    const error = thrownBy(function theCaller() {
      model.forward(x());
    });
    expect(error.message).toMatch(
      /^blocks\.0\.blocks\.0 \(Bad\): Error in matMul: inner shapes \(3\) and \(7\)/,
    );
    expect(error.stack).toContain(error.message);
    expect(error.stack).toMatch(/at Bad\.forward[^]*at theCaller/);
    const cause = error.cause as Error;
    expect(cause.message).toMatch(/^Error in matMul/);
    expect(cause.stack).toContain("at theCaller");
  });

  test("of the module that was called itself is named by its class", () => {
    expect(thrownBy(() => new Bad().forward(x())).message).toMatch(/^Bad: Error in matMul/);
  });

  test("inside grad is named below the argument, and the line of the loss is in the stack", () => {
    const model = new Sequential(new Linear(3, 3, { rngs: new Rngs(0) }), new Bad());
    const error = thrownBy(() =>
      grad(function theLoss(m: typeof model) {
        return tf.mean(m.forward(x()));
      })(model),
    );
    expect(error.message).toMatch(/^layers\.1 \(Bad\): Error in matMul/);
    expect(error.stack).toMatch(/at Bad\.forward[^]*at theLoss/);
  });

  test("in a view is named there", () => {
    expect(() => clone(new Outer(new Bad())).forward(x())).toThrow(/^blocks\.0 \(Bad\): Error in matMul/);
  });

  test("stays an instance of its class with its name and properties", () => {
    const original = new HalfError(2);
    const error = throwing(original);
    expect(error).toBeInstanceOf(HalfError);
    expect(error).not.toBe(original);
    expect((error as HalfError).half).toBe(2);
    expect(error.cause).toBe(original);
    expect(original.message).toBe("half of 4");
    const type = throwing(new TypeError("x is undefined"));
    expect([String(type), type.stack?.split("\n")[0]]).toEqual(
      Array<string>(2).fill("TypeError: blocks.0 (Throws): x is undefined"),
    );
    expect(throwing(new Error()).stack).toMatch(/^Error: blocks\.0 \(Throws\): \n\s+at /);
  });

  test("is wrapped once, and what wraps it in the user's own error again", () => {
    const inner = throwing(new TypeError("no"));
    expect(throwing(inner)).toBe(inner);
    const outer = throwing(new Error("while doing more", { cause: inner }));
    expect(outer.message).toBe("blocks.0 (Throws): while doing more");
    expect((outer.cause as Error).cause).toBe(inner);
  });

  test("that is none of an Error passes as it is", () => {
    const abort = new DOMException("stopped", "AbortError");
    for (const thrown of ["text", undefined, { code: 3 }, abort]) expect(throwing(thrown)).toBe(thrown);
  });

  test("that is frozen is copied", () => {
    expect(throwing(Object.freeze(new RangeError("frozen"))).message).toBe("blocks.0 (Throws): frozen");
  });
});

describe("an asynchronous forward", () => {
  test("rejects with the path and the caller's frames", async () => {
    const model = new Outer(new ThrowsLater());
    const limit = Error.stackTraceLimit;
    async function theCaller() {
      await model.forward(x());
    }
    const error = await theCaller().catch((thrown: unknown) => thrown as Error);
    expect(error?.message).toMatch(/^blocks\.0 \(ThrowsLater\): Error in matMul/);
    expect(error?.stack).toMatch(/at (async )?ThrowsLater\.forward[^]*at (async )?theCaller/);
    expect(error?.cause).toBeInstanceOf(Error);
    expect(Error.stackTraceLimit).toBe(limit);
  });

  test("that overlaps with others leaves the depth of stacks as it was", async () => {
    const limit = Error.stackTraceLimit;
    const runs = [1, 2, 3].map(() => new Outer(new ThrowsLater()).forward(x()));
    await Promise.allSettled(runs);
    expect(Error.stackTraceLimit).toBe(limit);
  });
});

test("the depth of stacks is the user's again after a call, and one that is higher stays", () => {
  const limit = Error.stackTraceLimit;
  try {
    for (const chosen of [3, 1000, Infinity]) {
      Error.stackTraceLimit = chosen;
      throwing(new Error("no"));
      expect(Error.stackTraceLimit).toBe(chosen);
    }
  } finally {
    Error.stackTraceLimit = limit;
  }
});

test("printing an error of ours prints its message and code, not the model", () => {
  const model = new Sequential(new Linear(4, 4, { rngs: new Rngs(0) }));
  const error = thrownBy(() => model.forward(x()));
  expect(error).toBeInstanceOf(NnxError);
  expect((error as NnxError).subject).toBe(model.layers[0]);
  const printed = inspect(error, { depth: 10 });
  expect(printed).toContain("code: 'shape-mismatch'");
  expect(printed).not.toMatch(/subject|detail|kernel/);
  expect(error.stack).toMatch(/^ShapeMismatchError: layers\.0 \(Linear\): expected/);
  expect(Object.keys(new DtypeError("no"))).toEqual(["code"]);
});

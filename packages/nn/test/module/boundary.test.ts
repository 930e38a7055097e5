import {
  BatchNorm,
  clone,
  Dropout,
  grad,
  InvalidArgumentError,
  Linear,
  MissingArgumentError,
  Module,
  Param,
  Rngs,
  Sequential,
  ShapeMismatchError,
  state,
  valueAndGrad,
  type Variable,
} from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

/** Statistics move and a key is drawn before the layer that fails is reached. */
class Net extends Module {
  readonly lin1: Linear;
  readonly bn: BatchNorm;
  readonly do1: Dropout;
  readonly do2: Dropout;
  constructor(rngs: Rngs) {
    super();
    this.lin1 = new Linear(16, 4, { rngs });
    this.bn = new BatchNorm(4, { rngs });
    this.do1 = new Dropout(0.5, { rngs });
    this.do2 = new Dropout(0.5);
  }
  forward(x: tf.Tensor): tf.Tensor {
    return this.do2.forward(this.do1.forward(this.bn.forward(this.lin1.forward(x))));
  }
}

async function values(model: Module): Promise<number[][]> {
  return Promise.all([...state(model)].map(async ([, leaf]) => [...(await (leaf as Variable).value.data())]));
}

function thrownBy(fn: () => unknown): Error {
  try {
    fn();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("a call that throws changes nothing", () => {
  test("forward leaves batch statistics and random counts as they were", async () => {
    const model = new Net(new Rngs(0));
    const before = await values(model);
    const x = tf.ones([3, 16]);
    expect(() => model.forward(x)).toThrow(MissingArgumentError);
    expect(await values(model)).toEqual(before);
    await expectNoLeak(() => {
      tf.tidy(() => {
        expect(() => model.forward(x)).toThrow(
          /^do2 \(Dropout\): deterministic is false, but no rngs was given/,
        );
      });
    });
    model.do2.deterministic = true;
    model.forward(x);
    expect(await values(model)).not.toEqual(before);
  });

  test("grad leaves batch statistics and random counts as they were, of closed-over models too", async () => {
    const [model, other, rngs] = [new Net(new Rngs(0)), new Net(new Rngs(1)), new Rngs(2)];
    other.do2.deterministic = true;
    const before = [await values(model), await values(other), [...(await rngs.stream().count.value.data())]];
    const loss = (net: Net, x: tf.Tensor) => {
      const noise = rngs.normal([3, 16]);
      return tf.mean(tf.add(other.forward(tf.add(x, noise)), net.forward(x)));
    };
    expect(() => valueAndGrad(loss)(model, tf.ones([3, 16]))).toThrow(MissingArgumentError);
    expect([await values(model), await values(other), [...(await rngs.stream().count.value.data())]]).toEqual(
      before,
    );
  });

  test("errors that are not ours undo writes too", async () => {
    class Failing extends Module {
      readonly bn = new BatchNorm(2, { rngs: new Rngs(0) });
      forward(x: tf.Tensor): tf.Tensor {
        this.bn.forward(x);
        throw new TypeError("not ours");
      }
    }
    const model = new Failing();
    const before = await values(model);
    expect(() => model.forward(tf.ones([2, 2]))).toThrow(new TypeError("Failing: not ours"));
    expect(await values(model)).toEqual(before);
  });

  test("a forward that a subclass inherits or overrides has one boundary, and each class's own methods are kept", async () => {
    class Base extends Module {
      readonly weight = new Param(tf.scalar(1));
      forward(fail: boolean): string {
        this.weight.value = tf.scalar(2);
        if (fail) throw new Error("stop");
        return "base";
      }
    }
    class Inherits extends Base {}
    class Overrides extends Base {
      override forward(fail: boolean): string {
        return `over ${super.forward(fail)}`;
      }
    }
    for (const model of [new Inherits(), new Overrides(), clone(new Overrides())]) {
      expect(() => model.forward(true)).toThrow("stop");
      await expect(model.weight.value).toBeAllClose([1]);
      expect(model.forward(false)).toBe(model instanceof Overrides ? "over base" : "base");
      await expect(model.weight.value).toBeAllClose([2]);
    }
    const forward = Reflect.get(Base.prototype, "forward");
    expect([forward.name, forward.length]).toEqual(["forward", 1]);
  });
});

describe("errors name the module by its path below the model that was called", () => {
  const x = () => tf.ones([3, 8]);

  test("below an attribute, with what was expected and found", () => {
    const model = new Net(new Rngs(0));
    const error = thrownBy(() => model.forward(x()));
    expect(error).toBeInstanceOf(ShapeMismatchError);
    expect(error.message).toBe(
      "lin1 (Linear): expected last axis 16 (inFeatures), got an input of shape [3, 8]. " +
        "Pass inFeatures: 8, or project the input to 16 first.",
    );
    expect(error.stack).toContain(error.message);
  });

  test("below several levels of modules and containers", () => {
    class Deep extends Module {
      readonly blocks = new Map([["first", [new Sequential(new Net(new Rngs(0)))]]]);
      forward(input: tf.Tensor): tf.Tensor {
        return this.blocks.get("first")![0]!.forward(input);
      }
    }
    expect(() => new Deep().forward(x())).toThrow(/^blocks\.first\.0\.layers\.0\.lin1 \(Linear\): expected/);
  });

  test("the model itself is named by its class", () => {
    expect(() => new Linear(16, 2, { rngs: new Rngs(0) }).forward(x())).toThrow(
      /^Linear: expected last axis 16/,
    );
  });

  test("inside grad, below the argument", () => {
    const model = new Sequential(new Net(new Rngs(0)));
    expect(() => grad((net: typeof model) => tf.mean(net.forward(x())))(model)).toThrow(
      /^layers\.0\.lin1 \(Linear\): expected/,
    );
  });

  test("inside grad, of a model that the loss closes over, below that model", () => {
    const other = new Sequential(new Net(new Rngs(0)));
    const model = new Linear(8, 1, { rngs: new Rngs(0) });
    expect(() => grad((net: Linear) => tf.mean(tf.add(net.forward(x()), other.forward(x()))))(model)).toThrow(
      /^layers\.0\.lin1 \(Linear\): expected/,
    );
  });

  test("constructors name the class", () => {
    expect(() => new Linear(0, 2, { rngs: new Rngs(0) })).toThrow(InvalidArgumentError);
    expect(() => new Linear(0, 2, { rngs: new Rngs(0) })).toThrow(
      "Linear: expected a positive integer for inFeatures, got 0.",
    );
  });
});

import {
  capture,
  clone,
  grad,
  Intermediate,
  Linear,
  Module,
  Perturbation,
  Rngs,
  type State,
  valueAndGrad,
  Variable,
} from "@nnx-js/nn";
import { expectNoLeak, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

class Block extends Module {
  readonly linear: Linear;

  constructor(features: number, rngs: Rngs) {
    super();
    this.linear = new Linear(features, features, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    const y = this.perturb("y", tf.tanh(this.linear.forward(x)));
    this.sow(Intermediate, "y", y);
    return y;
  }
}

class Model extends Module {
  readonly blocks: Block[];

  constructor(rngs: Rngs) {
    super();
    this.blocks = [new Block(3, rngs), new Block(3, rngs)];
  }

  forward(x: tf.Tensor): tf.Tensor {
    const y = this.blocks.reduce((h, block) => block.forward(h), x);
    this.sow(Intermediate, "calls", 1, { initFn: () => 0, reduceFn: (sum: number, n: number) => sum + n });
    return y;
  }
}

const model = () => new Model(new Rngs(0));
const valueAt = (state: State, ...path: (string | number)[]) => (state.get(...path) as Variable).value;

describe("capture", () => {
  test("gives the result, and what was sowed by module and name", async () => {
    const net = model();
    const x = wave([2, 3]);
    const [y, intermediates] = capture(net, Intermediate)(x);
    await expect(y).toBeAllClose(net.forward(x));
    expect(intermediates.entries.map(([path]) => path.join("."))).toEqual([
      "blocks.0.y.0",
      "blocks.1.y.0",
      "calls",
    ]);
    expect(intermediates.get("blocks", 0, "y", 0)).toBeInstanceOf(Intermediate);
    await expect(valueAt(intermediates, "blocks", 1, "y", 0)).toBeAllClose(y);
    await expect(valueAt(intermediates, "calls")).toBeAllClose([1]);
  });

  test("puts values of several calls into an array, in their order", async () => {
    const block = new Block(3, new Rngs(0));
    const twice = capture((net: Block, x: tf.Tensor) => net.forward(net.forward(x)), Intermediate);
    const [y, intermediates] = twice(block, wave([2, 3]));
    expect(intermediates.size).toBe(2);
    await expect(valueAt(intermediates, "y", 1)).toBeAllClose(y);
    await expect(valueAt(intermediates, "y", 0)).toBeAllClose(block.forward(wave([2, 3])));
  });

  test("records what views and clones made inside do, at the path of their original", async () => {
    const net = model();
    const [, intermediates] = capture(
      (original: Model, x: tf.Tensor) => clone(original, { variables: false }).forward(x),
      Intermediate,
    )(net, wave([2, 3]));
    expect(intermediates.get("blocks", 0, "y", 0)).toBeInstanceOf(Intermediate);
  });

  test("keeps what is sowed inside tf.tidy", async () => {
    class Tidy extends Module {
      forward(x: tf.Tensor): tf.Tensor {
        return tf.tidy(() => {
          const squared = tf.square(x);
          this.sow(Intermediate, "squared", { both: [squared, squared] });
          return tf.sum(squared);
        });
      }
    }
    const [, intermediates] = capture(new Tidy(), Intermediate)(tf.tensor1d([1, 2]));
    await expect(valueAt(intermediates, "squared", 0, "both", 1)).toBeAllClose([1, 4]);
  });

  test("with methodOutputs, sows what each method returns", async () => {
    class Parts extends Module {
      readonly linear = new Linear(3, 2, { rngs: new Rngs(0) });
      features(x: tf.Tensor): tf.Tensor[] {
        return [tf.square(x), tf.neg(x)];
      }
      _hidden(x: tf.Tensor): tf.Tensor {
        return tf.add(x, 1);
      }
      forward(x: tf.Tensor): tf.Tensor {
        return this.linear.forward(this._hidden(this.features(x)[0]!));
      }
    }
    const parts = new Parts();
    const [y, outputs] = capture(parts, Intermediate, { methodOutputs: Intermediate })(wave([1, 3]));
    expect(outputs.entries.map(([path]) => path.join("."))).toEqual([
      "features.0.0",
      "features.0.1",
      "forward.0",
      "linear.forward.0",
    ]);
    await expect(valueAt(outputs, "features", 0, 1)).toBeAllClose(tf.neg(wave([1, 3])));
    await expect(valueAt(outputs, "linear", "forward", 0)).toBeAllClose(y);
    const [, none] = capture(parts, Intermediate)(wave([1, 3]));
    expect(none.size).toBe(0);
  });

  test("several types come in several States, subclasses apart", () => {
    class Special extends Intermediate {}
    class Two extends Module {
      forward(x: tf.Tensor): tf.Tensor {
        this.sow(Special, "special", x);
        expect(this.sow(Perturbation, "none", x)).toBe(false);
        this.sow(Intermediate, "plain", x);
        return x;
      }
    }
    const [, plain, special] = capture(Intermediate, Special)(new Two())(tf.scalar(1));
    expect(plain.entries.map(([path]) => path)).toEqual([["plain", 0]]);
    expect(special.entries.map(([path]) => path)).toEqual([["special", 0]]);
    expect(special.get("special", 0)).toBeInstanceOf(Special);
  });

  test("one capture inside another leaves to it what it does not collect", () => {
    const net = model();
    const [[, perturbations], intermediates] = capture(
      (outer: Model, x: tf.Tensor) => capture(outer, Perturbation)(x),
      Intermediate,
    )(net, wave([1, 3]));
    expect(perturbations.size).toBe(2);
    expect(intermediates.size).toBe(3);
  });
});

describe("perturbations", () => {
  test("are zeros at first, and give the gradients of intermediate values", async () => {
    const net = model();
    const x = wave([2, 3]);
    const [, perturbations] = capture(net, Perturbation)(x);
    expect(perturbations.entries.map(([path]) => path.join("."))).toEqual(["blocks.0.y", "blocks.1.y"]);
    await expect(valueAt(perturbations, "blocks", 0, "y")).toBeAllClose(tf.zeros([2, 3]));

    const loss = (m: Model, p: State) => {
      const [y, sowed] = capture(m, Intermediate, { init: p })(x);
      return [tf.sum(tf.square(y)), sowed] as const;
    };
    const [[value, sowed], [params, atValues]] = valueAndGrad(loss, { argnums: [0, 1], hasAux: true })(
      net,
      perturbations,
    );
    const y = net.forward(x);
    await expect(value).toBeAllClose(tf.sum(tf.square(y)));
    await expect(valueAt(sowed, "blocks", 1, "y", 0)).toBeAllClose(y);
    await expect(valueAt(atValues, "blocks", 1, "y")).toBeAllClose(tf.mul(y, 2));
    const through = (h: tf.Tensor) => tf.sum(tf.square(net.blocks[1]!.forward(h)));
    const expected = tf.grad(through)(net.blocks[0]!.forward(x));
    await expect(valueAt(atValues, "blocks", 0, "y")).toBeAllClose(expected);
    expect(params.size).toBe(4);
  });

  test("that were given are added", async () => {
    const net = new Block(3, new Rngs(0));
    const [, init] = capture(net, Perturbation)(wave([1, 3]));
    (init.get("y") as Variable).value = tf.ones([1, 3]);
    const y = capture(net, { init })(wave([1, 3]));
    await expect(y).toBeAllClose(tf.add(net.forward(wave([1, 3])), 1));
  });
});

test("a loss may use what it captures", async () => {
  const net = new Block(3, new Rngs(0));
  const x = wave([2, 3]);
  const gradient = grad((block: Block) => {
    const [, sowed] = capture(block, Intermediate)(x);
    return tf.sum(tf.square(valueAt(sowed, "y", 0)));
  })(net);
  const expected = grad((block: Block) => tf.sum(tf.square(block.forward(x))))(net);
  await expect(valueAt(gradient, "linear", "kernel")).toBeAllClose(valueAt(expected, "linear", "kernel"));
});

test("captures leave nothing behind", async () => {
  const net = model();
  const x = wave([2, 3]);
  await expectNoLeak(() => {
    tf.tidy(() => void capture(net, Intermediate, { methodOutputs: Intermediate })(x));
    const [y, sowed, perturbations] = tf.tidy(() => {
      const [result, ...states] = capture(net, Intermediate, Perturbation)(x);
      return [result, ...states] as unknown as tf.Tensor[];
    }) as unknown as [tf.Tensor, State, State];
    tf.tidy(() => {
      grad((m: Model, p: State) => tf.sum(capture(m, { init: p })(x)), { argnums: [0, 1] })(
        net,
        perturbations,
      );
    });
    for (const item of [y, sowed, perturbations]) item.dispose();
  });
});

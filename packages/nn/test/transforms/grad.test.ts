import {
  BatchNorm,
  BatchStat,
  DiffState,
  grad,
  InvalidArgumentError,
  Linear,
  LoRAParam,
  Module,
  Param,
  Rngs,
  Sequential,
  State,
  state,
  valueAndGrad,
  type Variable,
} from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

function makeModel() {
  const rngs = new Rngs(0);
  return new Sequential(new Linear(2, 3, { rngs }), new BatchNorm(3, { rngs }));
}

type Model = ReturnType<typeof makeModel>;

const x = () =>
  tf.tensor2d([
    [1, 2],
    [3, 5],
  ]);
const lossOf = (input: tf.Tensor) => (model: Model) => tf.mean(tf.square(model.forward(input)));
const pathsOf = (grads: State) => [...grads].map(([path]) => path.join("."));
const valueOf = (leaf: unknown): tf.Tensor => (leaf as Variable).value;

describe("what is differentiated", () => {
  test("of a model, its Params only", () => {
    expect(pathsOf(grad(lossOf(x()))(makeModel()))).toEqual([
      "layers.0.bias",
      "layers.0.kernel",
      "layers.1.bias",
      "layers.1.scale",
    ]);
  });

  test("by DiffState, what its filter selects", () => {
    const of = (filter: ConstructorParameters<typeof DiffState>[1]) =>
      pathsOf(grad(lossOf(x()), { argnums: new DiffState(0, filter) })(makeModel()));
    expect(of([BatchStat, Param])).toHaveLength(6);
    expect(of((path) => path.includes("bias"))).toEqual(["layers.0.bias", "layers.1.bias"]);
    expect(of(LoRAParam)).toEqual([]);
  });

  test("arguments by index, in the order of argnums, tensors as tensors", () => {
    const loss = (a: tf.Tensor, model: Model, b: tf.Tensor) =>
      tf.sum(tf.add(model.forward(tf.mul(a, b)), tf.sum(b)));
    const [gb, gm, ga] = grad(loss, { argnums: [2, new DiffState(1, Param), 0] })(x(), makeModel(), x());
    expect([gb.shape, ga.shape]).toEqual([
      [2, 2],
      [2, 2],
    ]);
    expect(gm).toBeInstanceOf(State);
    const only = grad(loss, { argnums: [1] })(x(), makeModel(), x());
    expect(only).toHaveLength(1);
  });

  test("a shared Param once, under its first path", async () => {
    class Tied extends Module {
      readonly b = new Param(tf.scalar(3));
      readonly a = this.b;
    }
    const grads = grad((model: Tied) => tf.mul(model.a.value, model.b.value))(new Tied());
    expect(pathsOf(grads)).toEqual(["a"]);
    await expect(valueOf(grads.get("a"))).toBeAllClose([6]);
  });

  test("containers of modules, and a Variable by itself", async () => {
    const models = [makeModel(), makeModel()];
    const grads = grad((list: Model[]) => tf.sum(list[1]!.forward(x())))(models);
    expect(grads.get(0, "layers", 0, "kernel")).toBeInstanceOf(Param);
    expect(grads.size).toBe(8);
    const alone = grad((p: Param) => tf.sum(tf.square(p.value)))(new Param(tf.tensor1d([2, 3])));
    expect(alone.size).toBe(1);
    await expect(valueOf(alone.entries[0]![1])).toBeAllClose([4, 6]);
  });
});

describe("trees with tensors in them", () => {
  test("give the same tree: tensors for tensors, undefined for what is neither tensor nor model", async () => {
    const tree = {
      w: tf.tensor1d([1, 2]),
      rest: [tf.scalar(3), new Map([["k", tf.scalar(4)]])] as const,
      n: 2,
      no: null,
    };
    const grads = grad(({ w, rest: [a, b], n }: typeof tree) =>
      tf.sum(tf.mul(tf.mul(w, a), tf.mul(b.get("k")!, n))),
    )(tree);
    expect(Object.keys(grads)).toEqual(["w", "rest", "n", "no"]);
    await expect(grads.w).toBeAllClose([24, 24]);
    await expect(grads.rest[0]).toBeAllClose([24]);
    await expect(grads.rest[1].get("k")!).toBeAllClose([18]);
    expect([grads.n, grads.no]).toEqual([undefined, undefined]);
  });

  test("a State for each model, where a Variable belongs to the first that has it, as in nnx.grad", async () => {
    const model = new Linear(2, 2, { rngs: new Rngs(0) });
    const tree = { m: model, n: model, w: tf.ones([2, 2]) };
    const grads = grad(({ m, n, w }: typeof tree) =>
      tf.sum(tf.add(m.forward(x()), n.forward(tf.matMul(x(), w)))),
    )(tree);
    expect(pathsOf(grads.m)).toEqual(["bias", "kernel"]);
    expect(grads.n.size).toBe(0);
    await expect(valueOf(grads.m.get("bias"))).toBeAllClose([4, 4]);
    expect(grads.w.shape).toEqual([2, 2]);
  });

  test("the same tensor in two places has a gradient in each", async () => {
    const w = tf.scalar(3);
    const [a, b] = grad(([a, b]: [tf.Tensor, tf.Tensor]) => tf.mul(tf.square(a), b))([w, w]);
    await expect(tf.stack([a, b])).toBeAllClose([18, 9]);
  });

  test("beside other arguments, and in gradients of gradients", async () => {
    const f = (p: { w: tf.Tensor }, [q]: [tf.Tensor]) => tf.sum(tf.mul(tf.pow(p.w, 3), q));
    const [[gq], gp] = grad(f, { argnums: [1, 0] })({ w: tf.scalar(2) }, [tf.scalar(5)]);
    await expect(tf.stack([gq, gp.w])).toBeAllClose([8, 60]);
    const second = grad((p: { w: tf.Tensor }) => grad(f)(p, [tf.scalar(5)]).w)({ w: tf.scalar(2) });
    await expect(second.w).toBeAllClose([60]);
  });

  test("a DiffState selects Variables, also there", () => {
    const tree = { model: makeModel(), w: tf.scalar(2) };
    const loss = ({ model, w }: typeof tree) => tf.mul(lossOf(x())(model), w);
    expect(grad(loss, { argnums: new DiffState(0, BatchStat) })(tree).size).toBe(2);
  });

  test("what cannot be differentiated is an error with its path", () => {
    const tree = { w: tf.scalar(1), ids: { deep: [tf.tensor1d([1], "int32")] } };
    const ofSecond = (first: number, { w }: typeof tree) => tf.mul(w, first);
    expect(() => grad(ofSecond, { argnums: 1 })(0, tree)).toThrow("argument 1.ids.deep.0 is int32");
    const ofNothing = (nothing: object) => tf.scalar(Object.keys(nothing).length);
    expect(() => grad(ofNothing)({})).toThrow("Expected a tensor or a model as argument 0");
  });

  test("nothing is left of it", async () => {
    const tree = { w: tf.scalar(2), model: makeModel() };
    await expectNoLeak(() => {
      const grads = grad(({ w, model }: typeof tree) => tf.mul(lossOf(x())(model), w))(tree);
      grads.w.dispose();
      grads.model.dispose();
    });
  });
});

describe("hasAux", () => {
  test("gives the aux values beside the loss or the gradients", async () => {
    const f = (model: Model) => {
      const y = model.forward(x());
      return [
        tf.mean(y),
        { y, list: [tf.scalar(1)], map: new Map([["n", tf.scalar(2)]]), text: "t" },
      ] as const;
    };
    const [[loss, aux], grads] = valueAndGrad(f, { hasAux: true })(makeModel());
    expect([loss.shape, aux.y.shape, aux.text, grads.size]).toEqual([[], [2, 3], "t", 4]);
    await expect(aux.list[0]).toBeAllClose([1]);
    await expect(aux.map.get("n")!).toBeAllClose([2]);
    const [only, { y }] = grad(f, { hasAux: true })(makeModel());
    expect([only.size, y.shape]).toEqual([4, [2, 3]]);
  });

  test("a Variable's own value and the loss itself may be aux, and are copies then", async () => {
    const model = makeModel();
    const f = (net: Model) => {
      const loss = tf.mean(net.forward(x()));
      return [loss, [loss, net.layers[0].kernel.value]] as const;
    };
    const [[loss, aux]] = valueAndGrad(f, { hasAux: true })(model);
    loss.dispose();
    expect(aux[0].isDisposed).toBe(false);
    aux[1].dispose();
    expect(model.layers[0].kernel.value.isDisposed).toBe(false);
  });

  test("gradients taken inside may be aux", async () => {
    const f = (net: Model) => {
      const [loss, inner] = valueAndGrad(lossOf(x()))(net);
      return [loss, inner] as const;
    };
    const model = makeModel();
    const [[, inner], outer] = valueAndGrad(f, { hasAux: true })(model);
    await expect(valueOf(inner.get("layers", 1, "bias"))).toBeAllClose(
      valueOf(outer.get("layers", 1, "bias")),
    );
    await expectNoLeak(() => {
      tf.tidy(() => {
        const [[loss, aux], grads] = valueAndGrad(f, { hasAux: true })(model);
        loss.dispose();
        aux.dispose();
        grads.dispose();
      });
    });
  });

  test("a function that returns no pair is an error", () => {
    const f = (net: Model) => lossOf(x())(net) as unknown as readonly [tf.Tensor, number];
    expect(() => grad(f, { hasAux: true })(makeModel())).toThrow(
      /With hasAux the function must return \[loss, aux\]/,
    );
    const pair = (net: Model) => [lossOf(x())(net), 1] as unknown as tf.Tensor;
    expect(() => grad(pair)(makeModel())).toThrow(/Return \[loss, aux\] only with \{ hasAux: true \}/);
  });
});

describe("results belong to the caller, each by itself", () => {
  test("a loss that is an argument, a captured tensor or a Variable's value leaves that alone", async () => {
    const t = tf.scalar(3);
    const [identity, one] = valueAndGrad((a: tf.Tensor) => a)(t);
    await expect(identity).toBeAllClose([3]);
    await expect(one).toBeAllClose([1]);
    const [captured] = valueAndGrad(() => t, { argnums: [] })();
    const param = new Param(tf.scalar(4));
    const [owned] = valueAndGrad((p: Param) => p.value)(param);
    for (const loss of [identity, captured, owned]) loss.dispose();
    await expect(t).toBeAllClose([3]);
    await expect(param.value).toBeAllClose([4]);
  });

  test("gradients that are the same number are not the same tensor", async () => {
    const [a, b] = grad((u: tf.Tensor, v: tf.Tensor) => tf.add(u, v), { argnums: [0, 1] })(
      tf.scalar(1),
      tf.scalar(2),
    );
    a.dispose();
    await expect(b).toBeAllClose([1]);
  });

  test("a Variable that takes a differentiated argument keeps it", async () => {
    class Last extends Module {
      readonly seen = new BatchStat(tf.zeros([2, 2]));
    }
    const last = new Last();
    const input = x();
    grad((t: tf.Tensor) => {
      last.seen.value = t;
      return tf.sum(t);
    })(input);
    await expect(last.seen.value).toBeAllClose([1, 2, 3, 5]);
    expect(input.isDisposed).toBe(false);
  });

  test("disposing of gradients leaves the model's values", () => {
    const model = makeModel();
    const grads = grad(lossOf(x()))(model);
    grads.dispose();
    expect([...state(model)].every(([, leaf]) => !valueOf(leaf).isDisposed)).toBe(true);
    expect(() => valueOf(grads.get("layers", 0, "kernel"))).toThrow(/was disposed of/);
  });
});

describe("nothing is left behind", () => {
  const input = () => x();

  test("outside of tf.tidy, when loss and gradients are disposed of", async () => {
    const [model, data] = [makeModel(), input()];
    await expectNoLeak(() => {
      const [loss, grads] = valueAndGrad(lossOf(data))(model);
      loss.dispose();
      grads.dispose();
      const [ga, gm] = grad((a: tf.Tensor, net: Model) => tf.sum(net.forward(a)), { argnums: [0, 1] })(
        data,
        model,
      );
      ga.dispose();
      gm.dispose();
    });
    expect(model.layers[0].kernel.value.isDisposed).toBe(false);
  });

  test("inside tf.tidy, without any disposal", async () => {
    const [model, data] = [makeModel(), input()];
    await expectNoLeak(() => {
      tf.tidy(() => {
        valueAndGrad((net: Model) => [lossOf(data)(net), tf.ones([4])] as const, { hasAux: true })(model);
        grad((t: tf.Tensor) => tf.sum(grad((u: tf.Tensor) => tf.sum(tf.square(u)))(t)))(data);
      });
    });
  });

  test("gradients returned from tf.tidy survive it", () => {
    const [model, data] = [makeModel(), input()];
    const kept: State[] = [];
    tf.tidy(() => {
      const grads = grad(lossOf(data))(model);
      kept.push(grads);
      // TensorFlow.js looks into what is returned.
      return grads as unknown as tf.TensorContainer;
    });
    expect(valueOf(kept[0]!.get("layers", 1, "bias")).isDisposed).toBe(false);
  });

  test.each<[string, (model: Model, data: tf.Tensor) => unknown]>([
    [
      "the loss",
      (model, data) =>
        grad((t: tf.Tensor) => {
          model.forward(tf.square(t));
          throw new Error("stop");
        })(data),
    ],
    [
      "the loss, with aux made before",
      (model, data) =>
        grad((net: Model) => [net.forward(data), tf.ones([3])] as const, { hasAux: true })(model),
    ],
    [
      "the backward pass",
      (_, data) => {
        const broken = tf.customGrad((t) => ({
          value: tf.square(t as tf.Tensor),
          gradFunc: () => {
            throw new Error("stop");
          },
        }));
        return grad((t: tf.Tensor) => [tf.sum(broken(tf.square(t))), tf.ones([3])] as const, {
          hasAux: true,
        })(data);
      },
    ],
    [
      "an inner gradient",
      (model, data) =>
        grad((net: Model) => valueOf(grad((m: Model) => m.forward(data))(net).entries[0]![1]))(model),
    ],
  ])("when %s throws", async (_, run) => {
    const [model, data] = [makeModel(), input()];
    await expectNoLeak(() => {
      // Without tf.tidy around it: what the call itself makes is freed by the call.
      expect(() => run(model, data)).toThrow(/stop|scalar-output/);
    });
    expect(tf.engine().state.gradientDepth).toBe(0);
    expect(tf.engine().state.kernelDepth).toBe(0);
    await expectNoLeak(() => grad(lossOf(data))(model).dispose());
  });
});

describe("bad input", () => {
  const model = () => makeModel();

  test.each<[string, () => unknown, RegExp]>([
    [
      "a loss that is no scalar",
      () => grad((net: Model) => net.forward(x()))(model()),
      /Gradient only defined for scalar-output functions\. Output had shape: \[2, 3\]\. Reduce it first: tf\.mean/,
    ],
    [
      "a loss of shape [1]",
      () => grad((t: tf.Tensor) => tf.reshape(tf.sum(t), [1]))(x()),
      /Output had shape: \[1\]/,
    ],
    [
      "an integer loss",
      () => grad((t: tf.Tensor) => tf.cast(tf.sum(t), "int32"))(x()),
      /Gradient only defined for float32 outputs, got int32/,
    ],
    [
      "a loss that is a number",
      () => grad((() => 3) as unknown as (t: tf.Tensor) => tf.Tensor)(x()),
      /got number/,
    ],
    [
      "an integer argument",
      () => grad((t: tf.Tensor) => tf.sum(t))(tf.ones([2], "int32")),
      /Gradient only defined for float32 inputs: argument 0 is int32/,
    ],
    [
      "an integer Variable that the filter selects",
      () => grad((r: Rngs) => tf.sum(r.normal([2])), { argnums: new DiffState(0, true) })(new Rngs(0)),
      /Gradient only defined for float32 Variables: default\.count is int32/,
    ],
    [
      "a repeated argnum",
      () => grad((t: tf.Tensor) => tf.sum(t), { argnums: [0, 0] }),
      /argnum 0 is repeated in argnums/,
    ],
    [
      "a repeated argnum in a DiffState",
      () => grad(lossOf(x()), { argnums: [0, new DiffState(0, BatchStat)] }),
      /argnum 0 is repeated in argnums.*new DiffState\(0, \[Param, BatchStat\]\)/,
    ],
    [
      "a negative argnum",
      () => grad((t: tf.Tensor) => tf.sum(t), { argnums: -1 as 0 }),
      /expected indices.*got -1/,
    ],
    [
      "an argument that is missing",
      () => grad((t: tf.Tensor, u?: tf.Tensor) => tf.sum(u ?? t), { argnums: 1 })(x()),
      /Expected a tensor or a model as argument 1, got undefined/,
    ],
    ["an argument that is a number", () => grad((n: number) => tf.scalar(n))(3), /as argument 0, got number/],
    [
      "two arguments that share a Variable",
      () => {
        const net = makeModel();
        return grad((a: Model, b: Model) => tf.add(lossOf(x())(a), lossOf(x())(b)), { argnums: [0, 1] })(
          net,
          net,
        );
      },
      /Two differentiated arguments share a Variable, at layers\.0\.bias and at layers\.0\.bias/,
    ],
  ])("%s is an error", (_, run, message) => {
    expect(run).toThrow(InvalidArgumentError);
    expect(run).toThrow(message);
  });
});

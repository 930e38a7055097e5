import {
  BatchNorm,
  BatchStat,
  Dropout,
  grad,
  Linear,
  merge,
  Module,
  Param,
  remat,
  Rngs,
  RngState,
  scan,
  split,
  state,
  valueAndGrad,
  vmap,
} from "@nnx-js/nn";
import { jit } from "@nnx-js/jit";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

class Block extends Module {
  readonly linear: Linear;
  readonly bn: BatchNorm;
  readonly dropout: Dropout;
  constructor(width: number, { rngs }: { rngs: Rngs }) {
    super();
    this.linear = new Linear(width, width, { rngs });
    this.bn = new BatchNorm(width, { rngs });
    this.dropout = new Dropout(0.5, { rngs });
  }
  forward(x: tf.Tensor, scale: tf.Tensor | number = 1): tf.Tensor {
    return tf.add(x, tf.mul(tf.tanh(this.dropout.forward(this.bn.forward(this.linear.forward(x)))), scale));
  }
}

const values = (tensor: tf.Tensor) => [...tensor.dataSync()];
const near = (found: tf.Tensor, expected: tf.Tensor) => {
  expect(found.shape).toEqual(expected.shape);
  for (const [i, value] of values(found).entries()) expect(value).toBeCloseTo(values(expected)[i]!, 5);
};
const input = () => tf.randomUniform([5, 3], -1, 1, "float32", 7);

/** The layers of a stack, each made as it would be alone. */
const alone = (length: number) => new Rngs(0).split(length).map((rngs) => new Block(3, { rngs }));

test("an instance is a stack of layers, each with keys of its own, which run one after the other", () => {
  const Deep = scan(Block, { length: 4 });
  const rngs = new Rngs(0);
  const deep = new Deep(3, { rngs });
  expect(deep).toBeInstanceOf(Block);
  expect(deep.constructor.name).toBe("Block");
  expect(deep.linear.kernel.shape).toEqual([4, 3, 3]);
  expect(values(rngs.stream().count.value)).toEqual([1]);
  const layers = alone(4);
  const x = input();
  for (let call = 0; call < 2; call++) {
    near(
      deep.forward(x, 0.5),
      layers.reduce((y, layer) => layer.forward(y, 0.5), x),
    );
  }
  near(deep.bn.mean.value, tf.stack(layers.map((layer) => layer.bn.mean.value)));
  expect(values(deep.dropout.rngs!.count.value)).toEqual([2, 2, 2, 2]);
  const reversed = new (scan(Block, { length: 4, reverse: true }))(3, { rngs: new Rngs(0) });
  near(
    reversed.forward(x),
    alone(4).reduceRight((y, layer) => layer.forward(y), x),
  );
});

test("compiled, differentiated, computed again, seen in views", () => {
  const loss = (model: Block, x: tf.Tensor) => tf.sum(tf.square(model.forward(x)));
  const gradient = valueAndGrad(loss);
  const make = (Class: typeof Block) => new (scan(Class, { length: 3 }))(3, { rngs: new Rngs(0) });
  const x = input();
  const [value, expected] = gradient(make(Block), x);
  expect(expected.leaf("linear", "kernel").value.shape).toEqual([3, 3, 3]);
  const compiled = jit((model: Block, x: tf.Tensor) => gradient(model, x));
  for (const [found, gradients] of [compiled(make(Block), x), gradient(make(remat(Block)), x)]) {
    near(found, value);
    for (const [path, leaf] of expected) near(gradients.leaf(...path).value, leaf.value);
  }
  const evaluated = view(make(Block), { deterministic: true, useRunningAverage: true });
  near(evaluated.forward(x), evaluated.forward(x));
  const [graph, all] = split(make(Block));
  near(merge(graph, all).forward(x), make(Block).forward(x));
});

test("a loop within compiled functions, however many layers there are", () => {
  const nodes = [2, 48].map((length) => {
    const deep = new (scan(Block, { length }))(3, { rngs: new Rngs(0) });
    return jit((model: Block, x: tf.Tensor) => model.forward(x))
      .lower(deep, input())
      .split("\n").length;
  });
  expect(nodes[1]).toBe(nodes[0]);
});

test("layers may share statistics and streams", () => {
  const Deep = scan(Block, { length: 3, shared: [BatchStat, RngState], split: "params" });
  const deep = new Deep(3, { rngs: new Rngs({ params: 0, dropout: 1 }) });
  expect(deep.linear.kernel.shape).toEqual([3, 3, 3]);
  expect(deep.bn.mean.shape).toEqual([3]);
  deep.forward(input());
  expect(values(deep.dropout.rngs!.count.value)).toEqual([3]);
});

class Norms extends Module {
  readonly linear: Linear;
  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.linear = new Linear(3, 3, { rngs });
  }
  encode(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
    const y = tf.tanh(this.linear.forward(x));
    return [y, tf.norm(y)];
  }
}

test("another method, which gives something of each layer, too", () => {
  const Stack = scan(Norms, { length: 4, method: "encode", hasAux: true });
  const [last, norms] = new Stack({ rngs: new Rngs(0) }).encode(input());
  expect(last.shape).toEqual([5, 3]);
  expect(norms.shape).toEqual([4]);
});

test("stacks in stacks and in lanes", () => {
  const Nested = scan(scan(Block, { length: 2 }), { length: 3 });
  const nested = new Nested(3, { rngs: new Rngs(0) });
  expect(nested.linear.kernel.shape).toEqual([3, 2, 3, 3]);
  expect(nested.forward(input()).shape).toEqual([5, 3]);
  const Ensemble = vmap(scan(Block, { length: 2 }), { axisSize: 4, inAxes: null });
  const models = new Ensemble(3, { rngs: new Rngs(0) });
  expect(models.linear.kernel.shape).toEqual([4, 2, 3, 3]);
  expect(models.forward(input()).shape).toEqual([4, 5, 3]);
  const gradient = grad((m: Block) => tf.sum(m.forward(input())))(nested);
  expect(gradient.leaf("linear", "bias").value.shape).toEqual([3, 2, 3]);
  expect(state(models, Param).size).toBe(4);
});

class Wider extends Module {
  readonly linear: Linear;
  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.linear = new Linear(3, 4, { rngs });
  }
  forward(x: tf.Tensor): tf.Tensor {
    return this.linear.forward(x);
  }
}

test("errors say what is wrong", () => {
  const wider = new (scan(Wider, { length: 2 }))({ rngs: new Rngs(0) });
  expect(() => wider.forward(input())).toThrow(
    "scan(Wider.forward): the carry: expected what came in, float32[5, 3], found float32[5, 4] in what the function returned.",
  );
  expect(() => scan(Block, {} as { length: number })).toThrow(
    "scan(Block): expected a positive integer for length, the number of layers, found undefined. Write scan(Block, { length: 12 }).",
  );
  expect(() => scan(Block, { lenght: 2 } as unknown as { length: number })).toThrow(
    "scan(Block): expected the options length, reverse, unroll, shared, split, hasAux, method, found lenght.",
  );
  expect(() => scan(Norms, { length: 2 })).toThrow(
    "scan(Norms): expected a class with the method forward, which takes what is carried first.",
  );
  const plain = new (scan(Wider, { length: 2, hasAux: true } as { length: number }))({ rngs: new Rngs(0) });
  expect(() => plain.forward(input())).toThrow(
    "scan(Wider.forward): expected a function that returns [carry, y], found float32[5, 4].",
  );
});

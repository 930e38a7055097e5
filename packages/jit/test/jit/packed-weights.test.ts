import { Conv, Linear, Module, Param, relu, Rngs, valueAndGrad } from "@nnx-js/nn";
import { Optimizer, sgd } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit } from "../../src/index.ts";
import { theHeap } from "../../src/targets/wasm/memory/the-heap.ts";

/** Weights that are worth packing, of sizes that leave rests. */
class Net extends Module {
  readonly conv: Conv;
  readonly wide: Linear;
  readonly narrow: Linear;

  constructor(seed: number) {
    super();
    const rngs = new Rngs(seed);
    this.conv = new Conv(3, 21, [3, 3], { rngs });
    this.wide = new Linear(4 * 4 * 21, 101, { rngs });
    this.narrow = new Linear(101, 43, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    const h = relu(this.conv.forward(x));
    return this.narrow.forward(relu(this.wide.forward(tf.reshape(h, [-1, 4 * 4 * 21]))));
  }
}

const forward = (net: Net, x: tf.Tensor) => net.forward(x);

function images(n: number): tf.Tensor {
  return tf.randomNormal([n, 4, 4, 3], 0, 1, "float32", 7);
}

function expectSame(actual: tf.Tensor, expected: tf.Tensor): void {
  const [a, b] = [actual.dataSync(), expected.dataSync()];
  const scale = Math.max(...[...b].map(Math.abs));
  for (const [i, value] of b.entries()) expect(Math.abs(a[i]! - value)).toBeLessThan(3e-6 * scale);
  actual.dispose();
  expected.dispose();
}

test.each([1, 2, 3, 5, 8, 33])("products of %d rows take weights packed", (rows) => {
  const [net, x] = [new Net(1), images(rows)];
  using compiled = jit(forward);
  expect(compiled.lower(net, x)).toContain("packed copies of 3 weights");
  for (let call = 0; call < 2; call++) expectSame(compiled(net, x), net.forward(x));
  net.dispose();
  x.dispose();
});

test("what is set, trained or another model's is packed anew", () => {
  const [net, other, x] = [new Net(1), new Net(2), images(5)];
  using compiled = jit(forward);
  using step = jit((net: Net, optimizer: Optimizer<Net>) => {
    const [loss, grads] = valueAndGrad((net: Net) => tf.mean(tf.square(net.forward(x))))(net);
    optimizer.update(net, grads);
    return loss;
  });
  const optimizer = new Optimizer(net, sgd(0.1), { wrt: Param });
  expectSame(compiled(net, x), net.forward(x));
  net.wide.kernel.value = tf.mul(net.wide.kernel.value, 2);
  expectSame(compiled(net, x), net.forward(x));
  step(net, optimizer).dispose();
  expectSame(compiled(net, x), net.forward(x));
  for (let turn = 0; turn < 2; turn++) {
    expectSame(compiled(other, x), other.forward(x));
    expectSame(compiled(net, x), net.forward(x));
  }
  net.dispose();
  expectSame(compiled(other, x), other.forward(x));
  optimizer.dispose();
  other.dispose();
  x.dispose();
});

test("programs share packed copies, and give them back with the last", () => {
  const [net, one, many] = [new Net(3), images(1), images(12)];
  const compiled = jit(forward);
  compiled(net, one).dispose();
  const used = theHeap().used;
  compiled(net, many).dispose();
  const copies = 4 * 336 * 104;
  expect(theHeap().used - used).toBeLessThan(copies);
  const before = theHeap().used;
  compiled.dispose();
  expect(before - theHeap().used).toBeGreaterThan(copies);
  for (const part of [net, one, many]) part.dispose();
});

test("weights that a function closes over, and transposed ones, are packed as well", () => {
  const [table, x] = [
    tf.randomNormal([65, 96], 0, 1, "float32", 3),
    tf.randomNormal([4, 96], 0, 1, "float32", 5),
  ];
  using compiled = jit((x: tf.Tensor) => tf.matMul(x, table, false, true));
  expect(compiled.lower(x)).toContain("packed copies of 1 weight ");
  for (let call = 0; call < 2; call++) expectSame(compiled(x), tf.matMul(x, table, false, true));
  table.dispose();
  x.dispose();
});

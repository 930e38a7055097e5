import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { Linear, Param, Rngs, Variable } from "@nnx-js/nn";
import { recordBody, replay } from "@nnx-js/nn/trace";

const named = (name: string) => ({ caller: `test(${name})`, name });
const scalar = { shape: [], dtype: "float32" } as const;

test("writes down arguments, Variables and what is closed over, and leaves them as they were", () => {
  const scale = new Variable(tf.scalar(3));
  const offset = tf.tensor1d([1, 2]);
  const body = recordBody(
    (x) => {
      scale.value = tf.add(scale.value, 1);
      return { y: tf.add(tf.mul(x, scale.value), offset), list: [x] };
    },
    [scalar],
    named("affine"),
  );
  expect(scale.value.dataSync()[0]).toBe(3);
  expect(body.argumentCount).toBe(1);
  expect(body.variables).toEqual([{ variable: scale, isWritten: true }]);
  expect(body.graph.parameters.map(({ shape }) => shape)).toEqual([[], [], [2]]);
  const [y, x, next] = replay(body.graph, [tf.scalar(5), ...body.surroundings()]);
  const result = body.finish([y!, x!]) as { y: tf.Tensor; list: tf.Tensor[] };
  body.write([next!]);
  expect([...result.y.dataSync()]).toEqual([21, 22]);
  expect(result.list[0]!.dataSync()[0]).toBe(5);
  expect(scale.value.dataSync()[0]).toBe(4);
  body.dispose();
});

test("inside of another trace, its tensors may be closed over", () => {
  const weight = new Variable(tf.scalar(2));
  const outer = recordBody(
    (x) => {
      const doubled = tf.mul(x, 2);
      weight.value = tf.add(weight.value, doubled);
      const inner = recordBody((y) => tf.add(tf.mul(y, doubled), weight.value), [scalar], named("inner"));
      const [result] = replay(inner.graph, [tf.scalar(10), ...inner.surroundings()]);
      inner.dispose();
      return result;
    },
    [scalar],
    named("outer"),
  );
  const [result, next] = replay(outer.graph, [tf.scalar(3), ...outer.surroundings()]);
  expect(result!.dataSync()[0]).toBe(10 * 6 + 8);
  expect(next!.dataSync()[0]).toBe(8);
  outer.dispose();
});

test("Modules that are made in it get values", () => {
  const body = recordBody(
    (scale) => {
      const layer = new Linear(2, 3, { rngs: new Rngs(0) });
      layer.kernel.value = tf.mul(layer.kernel.value, scale);
      return layer;
    },
    [scalar],
    named("make"),
  );
  const values = replay(body.graph, [tf.scalar(2), ...body.surroundings()]);
  const layer = body.finish(values) as Linear;
  const expected = tf.mul(new Linear(2, 3, { rngs: new Rngs(0) }).kernel.value, 2);
  expect(layer.kernel).toBeInstanceOf(Param);
  expect([...layer.kernel.value.dataSync()]).toEqual([...expected.dataSync()]);
});

test("gradients around it pass through what is closed over", () => {
  const gradient = tf.grad((x) => {
    const body = recordBody((y) => tf.mul(tf.square(x), y), [scalar], named("closure"));
    const [result] = replay(body.graph, [tf.scalar(5), ...body.surroundings()]);
    body.dispose();
    return result!;
  });
  expect(gradient(tf.scalar(3)).dataSync()[0]).toBe(30);
});

test("nothing is left behind when it throws", () => {
  const variable = new Variable(tf.scalar(1));
  const before = tf.memory().numTensors;
  const run = () =>
    recordBody(
      () => {
        variable.value = tf.scalar(2);
        throw new Error("mine");
      },
      [],
      named("fails"),
    );
  expect(run).toThrow("mine");
  expect(tf.memory().numTensors).toBe(before);
  expect(variable.value.dataSync()[0]).toBe(1);
});

/** @file What cannot be exported is an error that says where, and what to do. */
import { exportOnnx, ExportArgumentError, UnsupportedExportError } from "@nnx-js/export";
import { BatchNorm, Dropout, Linear, Module, Rngs } from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectSame } from "./support/check.ts";

class Net extends Module {
  static override readonly name: string = "Net";
  readonly dropout: Dropout;
  readonly head: Linear;
  constructor(rngs: Rngs) {
    super();
    this.dropout = new Dropout(0.5, { rngs });
    this.head = new Linear(3, 2, { rngs });
  }
  forward(x: tf.Tensor): tf.Tensor {
    return this.head.forward(this.dropout.forward(x));
  }
}

test("a kernel without operators: its name, the user's line, and a way out", async () => {
  const fn = (x: tf.Tensor) => tf.image.rotateWithOffset(x as tf.Tensor4D, 0.5);
  const exported = exportOnnx(fn, [tf.zeros([1, 4, 4, 1])]);
  await expect(exported).rejects.toThrow(UnsupportedExportError);
  await expect(exported).rejects.toThrow(
    /exportOnnx\(fn\): expected operations that can be exported, found RotateWithOffset at \S*errors\.test\.ts:\d+:\d+, for which there are no operators of ONNX\. Compute it outside/,
  );
});

test("a dtype that a kernel has no operator for: which input, and to cast it", async () => {
  const fn = (x: tf.Tensor) =>
    tf.conv3d(x as tf.Tensor5D, tf.ones<tf.Rank.R5>([1, 1, 1, 1, 1], "int32"), 1, "same");
  await expect(exportOnnx(fn, [tf.zeros([1, 2, 2, 2, 1], "int32")])).rejects.toThrow(
    /Conv3D.* with x of int32 and filter of int32, for which there are no operators of ONNX\. Cast before: tf\.cast\(x, "float32"\)/,
  );
});

test("a training view: the layer that draws, and the view to take", async () => {
  const model = new Net(new Rngs(0));
  await expect(exportOnnx(model, [tf.zeros([1, 3])])).rejects.toThrow(
    /draws random numbers from dropout\.rngs\.\w+\. .*view\(model, \{ deterministic: true \}\) of @nnx-js\/view, in which dropout draws none/,
  );
});

test("options that there are not, and values that they do not take", async () => {
  const export_ = (options: object) => exportOnnx((x: tf.Tensor) => tf.neg(x), [tf.zeros([2])], options);
  await expect(export_({ opset: 17 })).rejects.toThrow(/an opset from 18 to 24, found 17/);
  await expect(export_({ oppset: 20 })).rejects.toThrow(/options among opset, .* found "oppset"/);
  await expect(export_({ attention: "operator" })).rejects.toThrow(/opset: 23 or newer/);
  await expect(export_({ names: { y: "z" } })).rejects.toThrow(
    /names of inputs \(x\) or outputs \(output\) in names, found "y"/,
  );
  await expect(export_({ dynamicBatch: { y: 0 } })).rejects.toThrow(/found "y"\. The inputs are x/);
  await expect(export_({ dynamicBatch: { x: 1 } })).rejects.toThrow(/an axis of "x", which has 1, found 1/);
});

test("what depends on the size of the batch otherwise than in step with it", async () => {
  const export_ = (fn: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor) =>
    exportOnnx(fn, [tf.zeros([2, 4]), tf.zeros([2, 4])], { dynamicBatch: true });
  await expect(export_((x) => tf.reshape(tf.matMul(x, x, false, true), [-1]))).rejects.toThrow(
    /a size that does not grow in step with the batch \(121 for 11, 169 for 13, 289 for 17\) in Reshape at \S*errors\.test/,
  );
  await expect(export_((x) => (x.shape[0] === 11 ? tf.neg(x) : tf.abs(tf.neg(x))))).rejects.toThrow(
    /other operations/,
  );
  const sizes = exportOnnx(
    (x: tf.Tensor, y: tf.Tensor) => tf.add(x, y),
    [tf.zeros([2, 4]), tf.zeros([1, 4])],
    {
      dynamicBatch: true,
    },
  );
  await expect(sizes).rejects.toThrow(
    /found 2 and 1\. Name those that have the batch: dynamicBatch: \{ x: 0 \}/,
  );
});

test("what depends on the size in step with it is computed from it", async () => {
  const fn = (x: tf.Tensor) => {
    const [n = 1, features = 1] = x.shape;
    return {
      mean: tf.div(tf.sum(x, 0), n),
      share: tf.mul(x, 1 / n),
      places: tf.add(tf.range(0, n), 0.5),
      twice: tf.concat([x, tf.zeros([n, features])]),
      pairs: tf.sub(tf.reshape(x, [n, 1, features]), tf.reshape(x, [1, n, features])),
      last: tf.slice(x, [n - 1, 0], [1, features]),
      ones: tf.mul(tf.ones([n, 2]), tf.scalar(3)),
      flat: tf.reshape(x, [n * features]),
      folded: tf.reshape(tf.transpose(x), [features, n]),
    };
  };
  const rows = (n: number) => tf.reshape(tf.range(0, n * 4), [n, 4]);
  await expectSame(fn, [rows(3)], { dynamicBatch: true, others: [[rows(1)], [rows(6)]] });
});

test("arguments that are none", async () => {
  await expect(exportOnnx(5 as never, [])).rejects.toThrow(ExportArgumentError);
  await expect(exportOnnx((x: tf.Tensor) => tf.neg(x), tf.zeros([1]) as never)).rejects.toThrow(
    /an array of arguments, found object\. Write exportOnnx\(fn, \[x\]\)/,
  );
});

test("an export leaves nothing behind, nor does one that fails, and state is what it was", async () => {
  const model = new BatchNorm(3, { rngs: new Rngs(0) });
  const before = await model.mean.value.data();
  await expectNoLeak(async () => {
    const x = tf.ones([4, 3]);
    await exportOnnx(model, [x], { dynamicBatch: true });
    await exportOnnx((x: tf.Tensor) => tf.image.rotateWithOffset(x as tf.Tensor4D, 0.5), [x]).catch(() => {});
    x.dispose();
  });
  expect(await model.mean.value.data()).toEqual(before);
});

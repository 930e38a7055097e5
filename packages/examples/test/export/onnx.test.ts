/** @file The examples in ONNX Runtime: they give what they give here, and the encoder what PyTorch gives. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { exportOnnx } from "../../../export/src/onnx/export-onnx.ts";
import { expectSame } from "../../../export/test/onnx/support/check.ts";
import { testChecker } from "../../../export/test/onnx/support/checker.ts";
import { LEVELS, plain, runModel, RUNTIMES } from "../../../export/test/onnx/support/sessions.ts";
import { plainEmbed } from "../../src/embed/embed.ts";
import { loadEncoder } from "../../src/embed/encoder.ts";
import { MODELS, type Served } from "../../src/export/models.ts";
import { readGolden } from "../embed/golden.ts";
import { folder, weightsFolder } from "../embed/weights.ts";

/** Arguments with values, for a batch of this size. */
function batch({ args }: Served, size: number): tf.Tensor[] {
  return args.map(({ shape, dtype }) => {
    const values = wave([size, ...shape.slice(1)], 1);
    return dtype === "int32" ? tf.cast(tf.floor(tf.mul(tf.abs(values), 20)), "int32") : values;
  });
}

test.each(["guide", "digits", "cnn", "lora", "names"])("%s, with batches of several sizes", async (name) => {
  const served = await MODELS[name]!({ seed: 1 });
  await expectSame((x: tf.Tensor) => served.fn(x, x), batch(served, 1) as [tf.Tensor], {
    dynamicBatch: true,
    others: [batch(served, 3)],
  });
});

describe.runIf(folder)("all-MiniLM-L6-v2", () => {
  test("gives the vectors of PyTorch", async () => {
    const [{ model, batch }, golden] = await Promise.all([loadEncoder(weightsFolder()), readGolden()]);
    const short = [...golden.embeddings.keys()].filter((i) => golden.cases[i]!.ids.length <= 24).slice(0, 4);
    const { tokens, mask } = batch(short.map((i) => golden.cases[i]!.text));
    const bytes = await exportOnnx(
      (tokens: tf.Tensor, mask: tf.Tensor) =>
        plainEmbed(model, { tokens: tokens as tf.Tensor2D, mask: mask as tf.Tensor2D }),
      [tf.slice(tokens, 0, 1), tf.slice(mask, 0, 1)],
      { dynamicBatch: true, closure: { model }, name: "embed" },
    );
    const inputs = { tokens: await plain(tokens), mask: await plain(mask) };
    for (const level of LEVELS) {
      const { output } = await runModel(bytes, inputs, level, RUNTIMES["node"]!);
      for (const [row, i] of short.entries()) {
        const vector = output!.values.subarray(row * 384, (row + 1) * 384);
        const distances = golden.embeddings[i]!.map((value, j) => Math.abs(value - vector[j]!));
        expect(Math.max(...distances)).toBeLessThan(1e-5);
      }
    }
    model.dispose();
    tf.dispose([tokens, mask]);
  });
});

testChecker();

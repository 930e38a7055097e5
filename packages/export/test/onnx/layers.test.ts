/** @file Every reference case of the layers gives in ONNX Runtime what it gives here: in its mode, and in evaluation. */
import { isVariable, type Module, state as stateOf, toFlatState } from "@nnx-js/nn";
import { fromGolden } from "@nnx-js/testing";
import golden from "@nnx-js/testing/golden/layers.json" with { type: "json" };
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { exportOnnx, UnsupportedExportError } from "@nnx-js/export";
import type { LayerCase } from "../../../nn/test/golden.ts";
import { LAYERS } from "../../../nn/test/layers/golden/layers.ts";
import { expectSame } from "./support/check.ts";
import { testChecker } from "./support/checker.ts";

const CASES = golden.cases as LayerCase[];
/** Cases that draw a mask in their mode. */
const DRAWS = /^Dropout\.(?:train|broadcast)$|^Sequential$/;
/** Cases that close over a mask for their batch. */
const OF_ONE_BATCH = /^MultiHeadAttention\.causal$/;
/** The modes of evaluation; each view takes those that it has. */
const MODES = { deterministic: true, useRunningAverage: true, updateStats: false };

/** The evaluation view of a model. */
function evaluated(model: Module): Module {
  const modes = Object.entries(MODES).filter(([name]) => {
    try {
      view(model, { [name]: true });
      return true;
    } catch {
      return false;
    }
  });
  return modes.length === 0 ? model : view(model, Object.fromEntries(modes));
}

/** Remembers what Variables hold, and gives what brings it back. */
function remembered(model: Module): () => void {
  const variables = [...toFlatState(stateOf(model))].flatMap(([, leaf]) => (isVariable(leaf) ? leaf : []));
  const values = variables.map(({ value }) => value.clone());
  return () => {
    for (const [i, variable] of variables.entries()) variable.value = values[i]!;
  };
}

describe.each(CASES)("$name", ({ name, inputs }) => {
  const { build, call } = LAYERS[name]!;
  const args = () => inputs.map(fromGolden);

  test.runIf(DRAWS.test(name))("in its mode, which draws random numbers, is refused", async () => {
    const model = build();
    const exported = exportOnnx((...xs: tf.Tensor[]) => call(model, ...xs), args());
    await expect(exported).rejects.toThrow(UnsupportedExportError);
  });

  test.skipIf(DRAWS.test(name))("in its mode", async () => {
    const model = build();
    const fn = (...xs: tf.Tensor[]) => call(model, ...xs);
    await expectSame(fn, args(), { state: "fixed", fresh: () => remembered(model) });
  });

  test("in evaluation, with batches of one and of another size", async () => {
    const model = evaluated(build());
    const fn = (...xs: tf.Tensor[]) => call(model, ...xs);
    const given = args();
    const isBatched = !OF_ONE_BATCH.test(name) && given.every(({ shape }) => shape[0] === given[0]!.shape[0]);
    const ones = given.map((x) => tf.slice(x, 0, 1));
    await expectSame(fn, given, {
      state: "fixed",
      ...(isBatched ? { dynamicBatch: true, others: [ones] } : {}),
      fresh: () => remembered(model),
    });
  });
});

testChecker();

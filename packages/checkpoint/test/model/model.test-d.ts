/** @file The types of what `saveModel` and `loadModel` take; checked by the compiler, not run. */
import {
  type Layout,
  type LayoutName,
  loadModel,
  type LoadReport,
  type Rename,
  saveModel,
  type SettingDifference,
  type TensorFile,
} from "@nnx-js/checkpoint";
import { Linear, Param, PathContains, Rngs, state } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf } from "vitest";

const model = new Linear(2, 3, { rngs: new Rngs(0) });
declare const file: TensorFile;
declare const layout: Layout;

expectTypeOf(saveModel(model, "a.safetensors")).resolves.toBeVoid();
expectTypeOf(loadModel({ model, step: tf.scalar(0) }, file)).resolves.toEqualTypeOf<LoadReport>();
expectTypeOf<LoadReport>().toEqualTypeOf<{
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly settings: readonly SettingDifference[];
}>();

void loadModel(state(model, Param), new Uint8Array(), {
  only: [Param, PathContains("bias")],
  strict: undefined,
});
void loadModel(model, new URL("https://example.org/model.safetensors"), { layout });
void loadModel(model, "a.safetensors", {
  rename: (name) => (name === "w" ? "kernel" : undefined),
  transform(tensor, name, { shape, dtype }) {
    expectTypeOf(tensor).toEqualTypeOf<tf.Tensor>();
    expectTypeOf(name).toBeString();
    expectTypeOf(shape).toEqualTypeOf<readonly number[]>();
    expectTypeOf(dtype).toEqualTypeOf<ReturnType<TensorFile["info"]>["dtype"]>();
    return tensor;
  },
});
expectTypeOf<{ w: string; b: null; c: undefined }>().toExtend<Rename>();
expectTypeOf<"nnx" | "torch" | "flax" | "keras">().toEqualTypeOf<LayoutName>();
void saveModel(model, new WritableStream<Uint8Array>(), { dtype: "BF16", metadata: { epoch: "3" } });
void saveModel(model, "a", { dtype: (name) => (name.endsWith("kernel") ? "F16" : undefined) });

// @ts-expect-error: no such layout
void loadModel(model, "a", { layout: "pytorch" });
// @ts-expect-error: texts only
void saveModel(model, "a", { metadata: { epoch: 3 } });
// @ts-expect-error: a transform answers a tensor
void loadModel(model, "a", { transform: (tensor: tf.Tensor) => tensor.shape });
// @ts-expect-error: there is no such option
void loadModel(model, "a", { stric: false });

/** @file The types of compiled functions. */
import { jit, type Jitted, type MatmulPrecision, type Profile, type TargetName } from "@nnx-js/jit";
import { Linear, type State, valueAndGrad, type Variable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf, test } from "vitest";

test("a compiled function has the signature of the original, and methods", () => {
  const step = jit(
    (model: Linear, x: tf.Tensor2D, { rate }: { rate: number }) => [model.forward(x), rate] as const,
  );
  expectTypeOf<Parameters<typeof step>>().toEqualTypeOf<[Linear, tf.Tensor2D, { rate: number }]>();
  expectTypeOf<ReturnType<typeof step>>().toEqualTypeOf<readonly [tf.Tensor, number]>();
  expectTypeOf<Parameters<(typeof step)["lower"]>>().toEqualTypeOf<[Linear, tf.Tensor2D, { rate: number }]>();
  expectTypeOf<ReturnType<(typeof step)["lower"]>>().toEqualTypeOf<string>();
  expectTypeOf<Parameters<(typeof step)["compile"]>>().toEqualTypeOf<
    [Linear, tf.Tensor2D, { rate: number }]
  >();
  expectTypeOf<ReturnType<(typeof step)["compile"]>>().toEqualTypeOf<Promise<void>>();
  expectTypeOf(step.cacheSize()).toEqualTypeOf<number>();
  // @ts-expect-error: an argument is missing
  expectTypeOf(step).toBeCallableWith(new Linear(1, 1, { rngs: null! }));
});

test("a profile has what the call gives", () => {
  const step = jit((x: tf.Tensor1D, rate: number) => [x, rate] as const);
  expectTypeOf<Parameters<(typeof step)["profile"]>>().toEqualTypeOf<[tf.Tensor1D, number]>();
  expectTypeOf<ReturnType<(typeof step)["profile"]>>().toEqualTypeOf<
    Promise<Profile<readonly [tf.Tensor1D, number]>>
  >();
  expectTypeOf<Profile["target"]>().toEqualTypeOf<TargetName>();
  expectTypeOf<Profile["launches"][number]["milliseconds"]>().toEqualTypeOf<number | undefined>();
});

test("type parameters, optional arguments and gradients stay", () => {
  const identity = jit(<T extends tf.Tensor>(x: T, twice?: boolean) => (twice ? tf.add<T>(x, x) : x));
  expectTypeOf(identity(tf.tensor1d([1]))).toEqualTypeOf<tf.Tensor1D>();
  const both = jit(valueAndGrad((model: Linear) => tf.sum<tf.Scalar>(model.kernel.value)));
  expectTypeOf<ReturnType<typeof both>>().toEqualTypeOf<[tf.Scalar, State<Variable>]>();
  expectTypeOf<Jitted<(x: number) => string>>().toExtend<(x: number) => string>();
});

test("an array that is written in place is a tuple, one that is made is an array", () => {
  const step = jit((model: Linear, x: tf.Tensor) => {
    const [loss, grads] = valueAndGrad((m: Linear) => tf.sum<tf.Scalar>(m.forward(x)))(model);
    return [loss, grads, { x }];
  });
  expectTypeOf<ReturnType<typeof step>>().toEqualTypeOf<[tf.Scalar, State<Variable>, { x: tf.Tensor }]>();
  const all = jit((xs: tf.Tensor[]) => xs.map((x) => tf.neg(x)));
  expectTypeOf<ReturnType<typeof all>>().toEqualTypeOf<tf.Tensor[]>();
});

test("options are checked", () => {
  const fn = (x: tf.Tensor) => x;
  expectTypeOf(jit(fn, { target: "wasm", fallback: "kernels", name: "f" })).toExtend<typeof fn>();
  // @ts-expect-error: no such target
  jit(fn, { target: "webgl" });
  expectTypeOf(jit(fn, { target: "webgpu" })).toExtend<typeof fn>();
  expectTypeOf(jit(fn, { maxPrograms: 3 })).toExtend<typeof fn>();
  expectTypeOf(jit(fn, { maxPrograms: undefined })).toExtend<typeof fn>();
  expectTypeOf(jit(fn, { matmulPrecision: "float16" })).toExtend<typeof fn>();
  expectTypeOf<MatmulPrecision>().toEqualTypeOf<"float32" | "float16">();
  // @ts-expect-error: no such precision
  jit(fn, { matmulPrecision: "bfloat16" });
  // @ts-expect-error: a number, not a text
  jit(fn, { maxPrograms: "3" });
});

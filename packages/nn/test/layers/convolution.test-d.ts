/** @file The types of convolutions, pooling and their options; checked by the compiler, not run. */
import {
  avgPool,
  Conv,
  type ConvOptions,
  type ConvPadding,
  ConvTranspose,
  maxPool,
  minPool,
  Param,
  pool,
  type PoolPadding,
  type Rngs,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf } from "vitest";

declare const rngs: Rngs;
declare const x: tf.Tensor;
declare const maybe: boolean | undefined;
declare const sizes: readonly number[];

// Streams are required, all else may be left out or undefined, and handed on.
// @ts-expect-error a layer with parameters needs streams
void new Conv(1, 2, 3, {});
void new Conv(1, 2, 3, { rngs, useBias: maybe, padding: undefined, mask: undefined });
declare const handedOn: ConvOptions;
void new Conv(1, 2, sizes, { ...handedOn, strides: 2 });
// @ts-expect-error the size of the kernel is required
void new Conv(1, 2, { rngs });

// Steps are one number, or one for each axis; padding is a word, a number, or numbers or pairs for each axis.
void new Conv(1, 2, [3, 3], { rngs, strides: [2, 1], kernelDilation: 2, inputDilation: [1, 2], padding: 1 });
void new Conv(1, 2, [3, 3], { rngs, padding: [1, [0, 2]] });
void new Conv(1, 2, 3, { rngs, padding: "causal" });
// @ts-expect-error a pair has two numbers
void new Conv(1, 2, 3, { rngs, padding: [[1, 2, 3]] });
// @ts-expect-error no such word
void new Conv(1, 2, 3, { rngs, padding: "FULL" });
expectTypeOf<"REFLECT">().toExtend<ConvPadding>();
expectTypeOf<"REFLECT">().not.toExtend<PoolPadding>();

// A transposed convolution has neither groups nor mirrored padding.
void new ConvTranspose(1, 2, [3, 3], { rngs, transposeKernel: true, padding: "CIRCULAR" });
// @ts-expect-error groups are Conv's
void new ConvTranspose(1, 2, 3, { rngs, featureGroupCount: 2 });
// @ts-expect-error nothing is mirrored
void new ConvTranspose(1, 2, 3, { rngs, padding: "REFLECT" });
// @ts-expect-error the order of a kernel is ConvTranspose's to choose
void new Conv(1, 2, 3, { rngs, transposeKernel: true });

// Parameters that may be missing say so.
expectTypeOf(new Conv(1, 2, 3, { rngs }).kernel).toEqualTypeOf<Param>();
expectTypeOf(new Conv(1, 2, 3, { rngs }).bias).toEqualTypeOf<Param | undefined>();
expectTypeOf(new ConvTranspose(1, 2, 3, { rngs }).forward(x)).toEqualTypeOf<tf.Tensor>();

// Windows are lists; only averages ask whether padding counts.
expectTypeOf(avgPool(x, [2, 2], { strides: sizes, countIncludePad: maybe })).toEqualTypeOf<tf.Tensor>();
expectTypeOf(maxPool(x, sizes, { padding: [[0, 1]] })).toEqualTypeOf<tf.Tensor>();
expectTypeOf(minPool(x, [2], { padding: "same_lower", strides: undefined })).toEqualTypeOf<tf.Tensor>();
expectTypeOf(pool(x, 0, tf.add, [2])).toEqualTypeOf<tf.Tensor>();
// @ts-expect-error one number does not say how many axes there are
void maxPool(x, 2);
// @ts-expect-error the largest element is never one of the padding
void maxPool(x, [2], { countIncludePad: false });
// @ts-expect-error padding of a pool is in pairs
void avgPool(x, [2], { padding: [1] });
// @ts-expect-error the function that joins takes two tensors
void pool(x, 0, tf.concat, [2]);

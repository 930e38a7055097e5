/** @file The types of layers and their options; checked by the compiler, not run. */
import {
  BatchNorm,
  Einsum,
  Embed,
  GroupNorm,
  LayerNorm,
  Linear,
  LinearGeneral,
  LoRA,
  LoRALinear,
  Param,
  PReLU,
  type PromoteDtype,
  relu,
  RMSNorm,
  type Rngs,
  Sequential,
  SpectralNorm,
  Variable,
  WeightNorm,
} from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf } from "vitest";

declare const rngs: Rngs;
declare const x: tf.Tensor;
declare const round: PromoteDtype;
declare const maybe: boolean | undefined;

// Streams are required, all else may be left out or undefined.
// @ts-expect-error a layer with parameters needs streams
void new LayerNorm(4, {});
void new LayerNorm(4, {
  rngs,
  useBias: maybe,
  epsilon: undefined,
  reductionAxes: [0, -1],
  scaleMetadata: { tag: "s" },
});
void new PReLU();

// Options of one layer are none of another.
// @ts-expect-error RMSNorm has no bias
void new RMSNorm(4, { rngs, useBias: false });
// @ts-expect-error groups are GroupNorm's
void new LayerNorm(4, { rngs, numGroups: 2 });
void new GroupNorm(4, { rngs, numGroups: null, groupSize: 2 });

// There is one floating dtype.
void new Linear(2, 3, { rngs, dtype: "float32", promoteDtype: round });
// @ts-expect-error integers are no dtype of a computation
void new Linear(2, 3, { rngs, dtype: "int32" });

// Sizes and axes are numbers or lists of them.
void new LinearGeneral([2, 3], 4, { rngs, axis: [-2, -1], batchAxis: { 0: 8 } });
// @ts-expect-error batch axes are numbers
void new LinearGeneral(2, 4, { rngs, batchAxis: { first: 8 } });

// The shape of the bias may be left out.
void new Einsum("ab,bc->ac", [2, 3], { rngs });
void new Einsum("ab,bc->ac", [2, 3], [3], { rngs });
void new Einsum("ab,bc->ac", [2, 3], null, { rngs });
// @ts-expect-error options come last
void new Einsum("ab,bc->ac", [2, 3], { rngs }, [3]);

// Parameters that may be missing say so.
expectTypeOf(new Linear(2, 3, { rngs }).bias).toEqualTypeOf<Param | undefined>();
expectTypeOf(new Embed(2, 3, { rngs }).embedding).toEqualTypeOf<Param>();
expectTypeOf(new BatchNorm(2, { rngs }).scale).toEqualTypeOf<Param | undefined>();

// An adapter knows what it stands around.
const adapted = new LoRA(2, 1, 3, { rngs, baseModule: new Linear(2, 3, { rngs }) });
expectTypeOf(adapted.baseModule).toEqualTypeOf<Linear | undefined>();
expectTypeOf(adapted.loraA).toEqualTypeOf<Variable>();
expectTypeOf(adapted.forward(x)).toEqualTypeOf<tf.Tensor>();
// @ts-expect-error a function has no parameters to adapt
void new LoRA(2, 1, 3, { rngs, baseModule: relu });
// @ts-expect-error the rank is required
void new LoRALinear(2, 3, { rngs });
expectTypeOf(new LoRALinear(2, 3, { rngs, loraRank: 1 })).toExtend<Linear>();

// Wrappers have the forward of what they wrap.
const wrapped = new WeightNorm(new BatchNorm(2, { rngs }), { rngs });
expectTypeOf(wrapped.layerInstance).toEqualTypeOf<BatchNorm>();
expectTypeOf<Parameters<typeof wrapped.forward>>().toEqualTypeOf<Parameters<BatchNorm["forward"]>>();
wrapped.forward(x, { useRunningAverage: true });
const row = new WeightNorm(new Sequential(new Linear(2, 3, { rngs }), relu), { rngs });
expectTypeOf(row.forward(x, { rngs })).toEqualTypeOf<tf.Tensor>();
expectTypeOf(
  new SpectralNorm(new Linear(2, 3, { rngs }), { rngs }).forward(x, { updateStats: true }),
).toEqualTypeOf<tf.Tensor>();
// @ts-expect-error not a module from a tensor to a tensor
void new SpectralNorm(new Embed(2, 3, { rngs }).embedding, { rngs });

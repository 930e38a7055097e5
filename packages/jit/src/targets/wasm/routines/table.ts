/** @file The code of each kind of routine. */
import type { PlainKind, RoutineKind, RoutineSpec } from "../../../steps/specs/routine-spec.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import { emitArgExtreme } from "./arg-extreme.ts";
import { emitDepthwiseFilterGradient } from "./convolution/depthwise-gradient.ts";
import { emitDepthwise, emitDepthwiseInputGradient } from "./convolution/depthwise.ts";
import { emitFilterGradient } from "./convolution/filter-gradient.ts";
import { emitConvolution } from "./convolution/forward.ts";
import { emitInputGradient } from "./convolution/input-gradient.ts";
import { emitCumulative } from "./cumulative.ts";
import { emitInt8Product } from "./int8-product.ts";
import { emitIntegerPower } from "./integer-power.ts";
import { emitMatmul } from "./matmul/matmul.ts";
import { emitPermutation } from "./permutation.ts";
import { emitMaxPoolingGradient, emitMeanPoolingGradient } from "./pooling/gradient.ts";
import { emitPooling } from "./pooling/pooling.ts";
import type { Epilogue, Finished, Routine } from "./routine.ts";
import { emitScatter } from "./scatter.ts";
import { emitTopK } from "./top-k.ts";

type Emit<Kind extends PlainKind> = (module: ModuleBuilder, spec: RoutineSpec<Kind> & Finished) => Routine;

const EMITTERS: { readonly [Kind in PlainKind]: Emit<Kind> } = {
  "arg extreme": emitArgExtreme,
  convolution: emitConvolution,
  "convolution filter gradient": emitFilterGradient,
  "convolution input gradient": emitInputGradient,
  cumulative: emitCumulative,
  "depthwise convolution": emitDepthwise,
  "depthwise filter gradient": emitDepthwiseFilterGradient,
  "depthwise input gradient": emitDepthwiseInputGradient,
  "int8 product": emitInt8Product,
  "integer power": emitIntegerPower,
  matmul: emitMatmul,
  "max pooling": (module, spec) => emitPooling(module, spec, "max"),
  "max pooling gradient": emitMaxPoolingGradient,
  "mean pooling": (module, spec) => emitPooling(module, spec, "mean"),
  "mean pooling gradient": emitMeanPoolingGradient,
  permutation: emitPermutation,
  scatter: emitScatter,
  "top k": emitTopK,
};

/** The kinds whose code takes an epilogue. */
export const FINISHING: ReadonlySet<RoutineKind> = new Set(["convolution", "matmul"]);

/** Emits the code for what `spec` asks, and for `epilogue`, if its kind is one of {@link FINISHING}. */
export function emitKind<Kind extends PlainKind>(
  module: ModuleBuilder,
  spec: RoutineSpec<Kind>,
  epilogue?: Epilogue,
): Routine {
  return EMITTERS[spec.kind](module, { ...spec, epilogue });
}

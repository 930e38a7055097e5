/** @file The layers whose parameters each are one tensor in PyTorch, too: the table of names and transposes. */
import {
  BatchNorm,
  Conv,
  ConvTranspose,
  Embed,
  isVariable,
  Linear,
  LinearGeneral,
  LoRALinear,
  type Module,
  GroupNorm,
  InstanceNorm,
  LayerNorm,
  PReLU,
  RMSNorm,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { one } from "../draft.ts";
import { chained, permuted, type Relayout, reshaped, same, turned } from "../relayout.ts";
import type { Rule } from "../walk.ts";

/** A parameter in the file: its names, the one to be written first, and how its elements are ordered. */
export interface Parameter {
  readonly names: readonly [string, ...string[]];
  readonly relayout: Relayout;
}

/** The parameters of a layer by the names of its attributes. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** A class of layers, and where their parameters stand. */
type Row = readonly [
  type: abstract new (...args: never[]) => Module,
  parameters: (layer: never) => Parameters,
];

const at = (names: Parameter["names"], relayout: Relayout = same): Parameter => ({ names, relayout });
const scaleAndBias = { scale: at(["weight"]), bias: at(["bias"]) };
const ofNorm = () => scaleAndBias;

/** A subclass stands before its base class. */
const TABLE: readonly Row[] = [
  [
    LoRALinear,
    () => ({
      kernel: at(["base_layer.weight", "weight"], permuted(1, 0)),
      bias: at(["base_layer.bias", "bias"]),
    }),
  ],
  [Linear, () => ({ kernel: at(["weight"], permuted(1, 0)), bias: at(["bias"]) })],
  [LinearGeneral, linearGeneral],
  [
    Conv,
    ({ kernelSize }: Conv) => ({
      kernel: at(["weight"], toOutInSpace(kernelSize.length)),
      bias: at(["bias"]),
    }),
  ],
  [
    ConvTranspose,
    (layer: ConvTranspose) => ({ kernel: at(["weight"], transposedKernel(layer)), bias: at(["bias"]) }),
  ],
  [BatchNorm, () => ({ ...scaleAndBias, mean: at(["running_mean"]), var: at(["running_var"]) })],
  [Embed, () => ({ embedding: at(["weight"]) })],
  [LayerNorm, ofNorm],
  [GroupNorm, ofNorm],
  [InstanceNorm, ofNorm],
  [RMSNorm, ofNorm],
  [PReLU, () => ({ negativeSlope: at(["weight"], reshaped([1])) })],
];

/** The parameters of a layer of the table. */
export function parametersOf(layer: unknown): Parameters | undefined {
  const row = TABLE.find(([type]) => layer instanceof type);
  return row?.[1](layer as never);
}

/** The rule for every layer of the table. */
export const parameterRule: Rule = {
  matches: (node) => parametersOf(node) !== undefined,
  drafts: (layer: Module, place) =>
    Object.entries(parametersOf(layer)!).flatMap(([key, { names, relayout }]) => {
      const leaf = (layer as unknown as Record<string, unknown>)[key];
      return isVariable(leaf) ? [one(leaf, place.name(...names), relayout)] : [];
    }),
  // What cuts connections is an option of the layer, not a weight.
  without: ["mask"],
  child: (key, place, layer: Module) => (layer instanceof LoRALinear && key === "lora" ? place : undefined),
};

/** `[...in, ...out]` as the matrix `[out, in]`. */
function linearGeneral({ inFeatures, outFeatures, batchAxis }: LinearGeneral): Parameters {
  if (Object.keys(batchAxis).length > 0) return {};
  const [rows, columns] = [tf.util.sizeFromShape([...inFeatures]), tf.util.sizeFromShape([...outFeatures])];
  return {
    kernel: at(["weight"], chained(reshaped([rows, columns]), permuted(1, 0))),
    bias: at(["bias"], reshaped([columns])),
  };
}

/** `[...space, in, out]` as `[out, in, ...space]`. */
function toOutInSpace(axes: number): Relayout {
  return permuted(axes + 1, axes, ...Array(axes).keys());
}

/**
 * `[...space, in, out]` as `[in, out, ...space]`, turned round: PyTorch keeps the kernel of the convolution that is
 * transposed. So does a layer with `transposeKernel`, `[...space, out, in]`.
 */
function transposedKernel({ kernelSize, transposeKernel }: ConvTranspose): Relayout {
  const axes = kernelSize.length;
  const space = [...Array(axes).keys()];
  if (transposeKernel) return permuted(axes + 1, axes, ...space);
  return chained(turned(axes), permuted(axes, axes + 1, ...space));
}

/** @file A bias after a product, or after a convolution; padding before pooling. */
import { isBias } from "../rules/products.ts";
import { isSameShape } from "../symbolic/dim.ts";
import { any, made, type Rewrite } from "./pattern.ts";

/** A kernel of two inputs, and the fused one that adds a bias. */
function withBias(kernelName: string, fused: string, first: string, second: string): Rewrite {
  return {
    root: "Add",
    pattern: made("Add", [made(kernelName, [any(first), any(second)], "product"), any("bias")]),
    replace({ values, nodes }, output, graph) {
      const {
        [first]: x,
        [second]: y,
        bias,
      } = values as Record<string, NonNullable<(typeof values)[string]>>;
      const { product } = nodes as Record<"product", NonNullable<(typeof nodes)[string]>>;
      const [result] = product.outputs as [NonNullable<(typeof product.outputs)[number]>];
      const isAlone = graph.usesOf(result) === 1 && isSameShape(result.shape, output.shape);
      const isOurs = isAlone && product.attrs["dataFormat"] !== "NCHW" && isBias(bias!, result);
      if (!isOurs || x!.dtype !== "float32" || y!.dtype !== "float32") return undefined;
      // A scalar is no row of numbers.
      const isRow = bias!.shape.at(-1) === result.shape.at(-1);
      if (!isRow) return undefined;
      return {
        kernelName: fused,
        inputs: { [first]: x!, [second]: y!, bias: bias! },
        attrs: { ...product.attrs, activation: "linear" },
      };
    },
  };
}

/** Products and convolutions with a bias. */
export const BIAS: readonly Rewrite[] = [
  withBias("BatchMatMul", "_FusedMatMul", "a", "b"),
  withBias("Conv2D", "FusedConv2D", "x", "filter"),
  withBias("Conv3D", "Conv3D", "x", "filter"),
  withBias("DepthwiseConv2dNative", "FusedDepthwiseConv2D", "x", "filter"),
];

/** Padding by the lowest number before a maximum is the maximum's own. */
function paddedPool(kernelName: string): Rewrite {
  return {
    root: kernelName,
    pattern: made(kernelName, [made("PadV2", [any("x")], "pad")], "pool"),
    replace({ values, nodes }) {
      const { pad, pool } = nodes as Record<"pad" | "pool", NonNullable<(typeof nodes)[string]>>;
      const paddings = pad.attrs["paddings"] as readonly (readonly [number, number])[];
      const isOfPlaces = [paddings[0]!, paddings.at(-1)!].every(
        ([before, after]) => before === 0 && after === 0,
      );
      if (pad.attrs["constantValue"] !== -Infinity || !isOfPlaces) return undefined;
      return { kernelName, inputs: { x: values["x"]! }, attrs: { ...pool.attrs, extra: paddings } };
    },
  };
}

/** Padded pooling. */
export const POOLING: readonly Rewrite[] = [paddedPool("MaxPool"), paddedPool("MaxPool3D")];

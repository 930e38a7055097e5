/** @file Normalisation by given statistics, whose numbers are known: part of the product or convolution before it. */
import type { Known } from "../fold.ts";
import { isSameShape } from "../symbolic/dim.ts";
import type { Node, Value } from "../symbolic/graph.ts";
import { any, made, type Pattern, type Replacement, type Rewrite, type Search } from "./pattern.ts";

const x = any("x");
const scaled: Pattern = made("Multiply", [made("Sub", [x, any("mean")]), any("factor")]);

type Vectors = Readonly<Record<"mean" | "factor" | "bias", Float32Array>>;

/** `(x - mean) * factor + bias`, by channels. */
export function batchNorm(known: Map<Value, Known>): Rewrite {
  return {
    root: "Add",
    pattern: made("Add", [scaled, any("bias")]),
    replace({ values }, output, graph) {
      const { x, mean, factor, bias } = values as Record<"x" | "mean" | "factor" | "bias", Value>;
      const maker = graph.makerOf(x);
      const isKnown = [mean, factor, bias].every((value) => isVector(value, x, known));
      if (!maker || !isKnown) return undefined;
      // Runtimes join it to the convolution, whose order of axes they know.
      if (/Conv/.test(maker.kernelName)) {
        const inputs = { x, mean, offset: bias, scale: factor };
        return { kernelName: "FusedBatchNorm", inputs, attrs: { varianceEpsilon: 0 } };
      }
      const elements = (value: Value) => known.get(value)!.elements as Float32Array;
      const vectors = { mean: elements(mean), factor: elements(factor), bias: elements(bias) };
      const isAlone = graph.usesOf(x) === 1 && isSameShape(x.shape, output.shape);
      return isAlone ? intoProduct(maker, vectors, bias, known, graph) : undefined;
    },
  };
}

/** Whether it is known, and one number for each channel of `x`. */
function isVector(value: Value, { shape }: Value, known: ReadonlyMap<Value, Known>): boolean {
  return known.has(value) && value.shape.length === 1 && value.shape[0] === shape.at(-1);
}

/** `a (b * factor) + (own - mean) * factor + bias`. */
function intoProduct(
  { kernelName, inputs, attrs }: Node,
  { mean, factor, bias }: Vectors,
  offset: Value,
  known: Map<Value, Known>,
  graph: Search,
): Replacement | undefined {
  const { a, b, bias: own } = inputs;
  const weights = b && known.get(b);
  const isPlain =
    (kernelName === "BatchMatMul" || kernelName === "_FusedMatMul") &&
    !attrs["transposeB"] &&
    (attrs["activation"] ?? "linear") === "linear" &&
    b?.shape.length === 2 &&
    graph.usesOf(b) === 1 &&
    (!own || (known.has(own) && own.shape.length === 1));
  if (!isPlain || !weights) return undefined;
  const columns = factor.length;
  const ownBias = own && known.get(own)!.elements;
  const product: Value = { ...b };
  const sum: Value = { ...offset };
  known.set(product, {
    ...weights,
    elements: Float32Array.from(weights.elements, (weight, i) => weight * factor[i % columns]!),
  });
  known.set(sum, {
    ...known.get(offset)!,
    elements: bias.map((shift, i) => shift + ((ownBias?.[i] ?? 0) - mean[i]!) * factor[i]!),
  });
  return {
    kernelName: "_FusedMatMul",
    inputs: { a: a!, b: product, bias: sum },
    attrs: { ...attrs, activation: "linear" },
  };
}

/** @file Kernels that go through elements in an order: cumulative ones, the largest. */
import type { Dtype } from "@nnx-js/jit/graph";
import { isStatic } from "../symbolic/dim.ts";
import type { Value } from "../symbolic/graph.ts";
import { ANY, axesOf, rule, type Rules } from "./rule.ts";

interface Cumulative {
  axis: number;
  exclusive: boolean;
  reverse: boolean;
}

const number = (dtype: Dtype): Dtype => (dtype === "float32" ? "float32" : "int32");

/** The place of `from` counts for that of `to`. */
function counts(from: number, to: number, { exclusive, reverse }: Cumulative): boolean {
  if (from === to) return !exclusive;
  return reverse ? from > to : from < to;
}

/** Scans and selections. */
export const orderings: Rules = {
  Cumsum: rule<{ x: Value }, Cumulative>(ANY, (emission, { x }, attrs, [output]) => {
    const { graph } = emission;
    const [axis = 0] = axesOf(attrs.axis, x.shape.length);
    const at = graph.constant({ dtype: "int64", shape: [], elements: BigInt64Array.of(BigInt(axis)) });
    const flags = { exclusive: Number(attrs.exclusive), reverse: Number(attrs.reverse) };
    emission.set(output, graph.op("CumSum", [emission.cast(x, output.dtype), at], flags));
  }),
  Cumprod: rule<{ x: Value }, Cumulative>(ANY, (emission, { x }, attrs, [output], node) => {
    const { graph } = emission;
    const [axis = 0] = axesOf(attrs.axis, x.shape.length);
    const size = x.shape[axis]!;
    if (!isStatic(size)) {
      throw emission.unsupported(
        node,
        "along an axis whose size follows the batch",
        "Export without dynamicBatch.",
      );
    }
    // [..., from, to, ...]: what counts, and ones; then products over all that is counted from.
    const after = x.shape.length - 1 - axis;
    const elements = Uint8Array.from({ length: size * size }, (_, i) =>
      Number(counts(Math.floor(i / size), i % size, attrs)),
    );
    const mask = graph.constant({
      dtype: "bool",
      shape: [size, size, ...Array.from({ length: after }, () => 1)],
      elements,
    });
    const dtype = number(output.dtype);
    const factors = graph.op("Unsqueeze", [emission.cast(x, dtype), graph.ints([axis + 1])]);
    const all = graph.op("Where", [mask, factors, emission.number(1, dtype)]);
    const product = graph.op("ReduceProd", [all, graph.ints([axis])], { keepdims: 0 });
    emission.set(output, graph.cast(product, dtype, output.dtype));
  }),
  TopK: rule<{ x: Value }, { k: number }>(ANY, (emission, { x }, { k }, outputs) => {
    const { graph } = emission;
    const dtype = number(x.dtype);
    const [values, indices] = graph.ops("TopK", [emission.cast(x, dtype), graph.ints([k])], { axis: -1 }, 2);
    emission.set(outputs[0], graph.cast(values!, dtype, outputs[0].dtype));
    emission.set(outputs[1]!, graph.cast(indices!, "int64", "int32"));
  }),
};

/** @file Which layers have a kernel that can be quantised, and what its outputs are. */
import { ConvTranspose } from "../layers/convolution/conv-transpose.ts";
import { Conv } from "../layers/convolution/conv.ts";
import { Einsum } from "../layers/einsum.ts";
import { Embed } from "../layers/embed.ts";
import { LinearGeneral } from "../layers/linear-general.ts";
import { Linear } from "../layers/linear.ts";

/** The kernel of one layer. */
export interface LayerKernel {
  /** The attribute that holds it. */
  readonly name: "kernel" | "embedding";
  /** How many of its last axes are neighbours in one row. */
  readonly columnAxes: number;
  /** Whether each place along an axis has scales of its own: where outputs are, not what is summed over. */
  readonly hasScales: (axis: number, rank: number) => boolean;
}

const ofLast = (count: number): LayerKernel => ({
  name: "kernel",
  columnAxes: count,
  hasScales: (axis, rank) => axis >= rank - count,
});

/** The kernel of `node`; undefined for what has none. */
export function layerKernelOf(node: unknown): LayerKernel | undefined {
  if (node instanceof Linear || node instanceof Conv) return ofLast(1);
  if (node instanceof LinearGeneral) {
    const batch = Object.keys(node.batchAxis).length;
    const { columnAxes, hasScales, ...rest } = ofLast(node.outFeatures.length);
    return { ...rest, columnAxes, hasScales: (axis, rank) => axis < batch || hasScales(axis, rank) };
  }
  if (node instanceof ConvTranspose) {
    // Transposed, the outputs are the axis before the last.
    const output = node.transposeKernel ? 2 : 1;
    return { ...ofLast(1), hasScales: (axis, rank) => axis === rank - output };
  }
  // A scale for each vector: what is looked up, and what `attend` gives.
  if (node instanceof Embed) return { name: "embedding", columnAxes: 1, hasScales: (axis) => axis === 0 };
  if (node instanceof Einsum) return { ...ofLast(1), hasScales: isOutputOf(node) };
  return undefined;
}

/** Axes that the equation keeps; one that it does not name broadcasts, and is kept. */
function isOutputOf({ einsumStr }: Einsum): LayerKernel["hasScales"] {
  const [operands = "", output = ""] = einsumStr.split("->");
  const [before = "", after] = (operands.split(",")[1] ?? "").split("...");
  return (axis, rank) => {
    const label = axis < before.length ? before[axis] : after?.[axis - (rank - after.length)];
    return label === undefined || output.includes(label);
  };
}

/** @file Derivatives of linear kernels: the kernel itself, given the tangents. */
import { broadcastTo } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { launchKernel } from "../../../trace/special-kernels.ts";
import { type JvpNode, type JvpRule, type JvpRules, share, total } from "./rule.ts";

/** Kernels that are linear in the input of this name, and in no other that can change. */
const LINEAR_IN: Readonly<Record<string, readonly string[]>> = {
  // prettier-ignore
  x: [
    "AvgPool", "AvgPool3D", "BatchToSpaceND", "BroadcastTo", "Cumsum", "DepthToSpace", "Diag", "GatherV2", "Identity",
    "Int8MatMul",
    "Mean", "MirrorPad", "Neg", "Reshape", "Reverse", "Slice", "SpaceToBatchND", "SplitV", "StridedSlice", "Sum", "Tile",
    "Transpose", "UnsortedSegmentSum",
  ],
  dy: ["AvgPoolGrad", "AvgPool3DGrad", "ResizeBilinearGrad", "ResizeNearestNeighborGrad"],
  images: ["ResizeBilinear", "ResizeNearestNeighbor"],
  image: ["FlipLeftRight"],
  input: ["ExpandDims"],
  params: ["GatherNd"],
  updates: ["ScatterNd"],
  value: ["Unpack"],
};

/** Kernels that are linear in all of their inputs taken together. */
const LINEAR = ["AddN", "Concat", "LinearCombination", "Pack"];

/** Runs the kernel on tangents in the place of some inputs. */
function launched({ kernelName, inputs, attrs }: JvpNode, changed: Readonly<Record<string, tf.Tensor>>) {
  return launchKernel(kernelName, { ...inputs, ...changed }, attrs);
}

function linearIn(name: string): JvpRule {
  return (node) => {
    const tangent = node.tangents[name];
    return tangent ? launched(node, { [name]: tangent }) : node.outputs.map(() => undefined);
  };
}

/** `condition ? t : e` for equal shapes. */
const select: JvpRule = ({ inputs: { condition }, tangents: { t, e }, outputs: [output] }) => {
  const zeros = () => tf.zerosLike(output!);
  return launchKernel("Select", { condition: condition!, t: t ?? zeros(), e: e ?? zeros() }, {});
};

export const linearRules: JvpRules = {
  ...(Object.assign(
    {},
    ...Object.entries(LINEAR_IN).map(([name, kernels]) => share(kernels, linearIn(name))),
  ) as JvpRules),
  ...share(LINEAR, (node) => {
    const zeros = (name: string) => tf.zerosLike(node.inputs[name]!);
    const tangents = Object.keys(node.inputs).map((name) => [name, node.tangents[name] ?? zeros(name)]);
    return launched(node, Object.fromEntries(tangents) as Record<string, tf.Tensor>);
  }),
  Add: ({ tangents: { a, b }, outputs: [output] }) => {
    const sum = total([a, b], (x, y) => tf.add(x, y))!;
    return [broadcastTo(sum, output!.shape)];
  },
  Sub: ({ tangents: { a, b }, outputs: [output] }) => {
    const sum = a && b ? tf.sub(a, b) : (a ?? tf.neg(b!));
    return [broadcastTo(sum, output!.shape)];
  },
  // To and from float32 only; all else is a step.
  Cast: ({ tangents: { x }, outputs: [output] }) => [output!.dtype === "float32" ? x : undefined],
  PadV2: ({ inputs, tangents: { x }, attrs }) =>
    launchKernel("PadV2", { ...inputs, x: x! }, { ...attrs, constantValue: 0 }),
  Select: select,
};

/** @file Maxima and means of windows. */
import { paddingSides, type Pool2DAttributes } from "@nnx-js/tensor";
import { backend_util } from "@tensorflow/tfjs-core";
import { channelsFirst } from "../build/channels.ts";
import { areStatic, type Dims } from "../symbolic/dim.ts";
import type { Value } from "../symbolic/graph.ts";
import { ANY, FLOAT, type Rule, rule, type Rules } from "./rule.ts";
import { spatialOf } from "./spatial.ts";

type Infer2D = typeof backend_util.computePool2DInfo;
type Infer3D = typeof backend_util.computePool3DInfo;

interface Attrs extends Pool2DAttributes {
  /** Padding in front of it that is part of it, as the pattern for padded pooling sets it. */
  extra?: readonly (readonly [number, number])[];
}

function infer(sizes: readonly number[], { filterSize, strides, pad, dimRoundingMode }: Attrs) {
  if (sizes.length === 4) {
    const image = [1, ...sizes] as unknown as Parameters<Infer3D>[0];
    return backend_util.computePool3DInfo(
      image,
      filterSize as Parameters<Infer3D>[1],
      strides as Parameters<Infer3D>[2],
      1,
      pad as Parameters<Infer3D>[4],
      dimRoundingMode,
    );
  }
  const image = [1, ...sizes] as unknown as Parameters<Infer2D>[0];
  return backend_util.computePool2DInfo(image, filterSize, strides, 1, paddingSides(pad), dimRoundingMode);
}

function pooling(type: "MaxPool" | "AveragePool"): Rule {
  return rule<{ x: Value }, Attrs>(
    type === "MaxPool" ? ANY : FLOAT,
    (emission, { x }, attrs, [output], node) => {
      const sizes: Dims = x.shape.slice(1);
      if (!areStatic(sizes)) {
        throw emission.unsupported(
          node,
          "of images whose size follows the batch",
          "Export without dynamicBatch.",
        );
      }
      const { graph } = emission;
      const { extra } = attrs;
      const whole = sizes.map((size, i) => size + (extra ? extra[i + 1]![0] + extra[i + 1]![1] : 0));
      const { kernel, strides, pads } = spatialOf(infer(whole, attrs));
      const places = pads.length / 2;
      const all = pads.map((size, i) => size + (extra ? extra[(i % places) + 1]![i < places ? 0 : 1] : 0));
      const image = graph.cast(emission.channelsFirst(x), x.dtype, "float32");
      const name = graph.op(type, [image], { kernel_shape: kernel, strides, pads: all });
      emission.setForm(output, {
        kind: "channelsFirst",
        name: graph.cast(name, "float32", output.dtype),
        shape: channelsFirst(output.shape),
      });
    },
  );
}

/** Pooling. */
export const poolings: Rules = {
  AvgPool: pooling("AveragePool"),
  AvgPool3D: pooling("AveragePool"),
  MaxPool: pooling("MaxPool"),
  MaxPool3D: pooling("MaxPool"),
};

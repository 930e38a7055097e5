/** @file Normalisation, and the operators that patterns are written as. */
import { channelsFirst } from "../build/channels.ts";
import type { Emission } from "../build/emission.ts";
import { scalarArray } from "../build/arrays.ts";
import type { Value } from "../symbolic/graph.ts";
import { FLOAT, rule, type Rules } from "./rule.ts";

interface Statistics {
  x: Value;
  mean: Value;
  /** 1 unless given, which is the pattern's. */
  variance?: Value;
  offset?: Value;
  scale?: Value;
}

/** `count` times a number. */
function repeated(emission: Emission, value: number, count: number): string {
  const elements = new Float32Array(count).fill(value);
  return emission.graph.constant({ ...scalarArray(value, "float32"), shape: [count], elements });
}

/** Normalisation layers. */
export const normalizations: Rules = {
  FusedBatchNorm: rule<Statistics, { varianceEpsilon: number }>(
    FLOAT,
    (emission, { x, mean, variance, offset, scale }, { varianceEpsilon }, [output], node) => {
      const { graph } = emission;
      const channels = x.shape.at(-1);
      const isVector = [mean, variance, offset, scale].every((value) => !value || value.shape.length === 1);
      if (typeof channels !== "number" || !isVector) {
        throw emission.unsupported(
          node,
          "with statistics that are no vectors along the channels",
          "Write the normalisation with tf.sub, tf.mul and tf.rsqrt.",
        );
      }
      const operands = [
        scale ? emission.name(scale) : repeated(emission, 1, channels),
        offset ? emission.name(offset) : repeated(emission, 0, channels),
        emission.name(mean),
        variance ? emission.name(variance) : repeated(emission, 1, channels),
      ];
      const attrs = { epsilon: { float: varianceEpsilon } };
      if (x.shape.length <= 2) {
        emission.set(output, graph.op("BatchNormalization", [emission.name(x), ...operands], attrs));
        return;
      }
      const name = graph.op("BatchNormalization", [emission.channelsFirst(x), ...operands], attrs);
      emission.setForm(output, { kind: "channelsFirst", name, shape: channelsFirst(output.shape) });
    },
  ),
  LayerNormalization: rule<{ x: Value; scale?: Value; bias?: Value }, { epsilon: number; axis: number }>(
    FLOAT,
    (emission, { x, scale, bias }, { epsilon, axis }, [output]) => {
      const { graph } = emission;
      const size = x.shape.slice(axis).reduce<number>((product, dim) => product * (dim as number), 1);
      const shape = x.shape.slice(axis) as readonly number[];
      const factor = scale
        ? graph.reshape(emission.name(scale), scale.shape, shape)
        : graph.reshape(repeated(emission, 1, size), [size], shape);
      const operands = [emission.name(x), factor];
      if (bias) operands.push(graph.reshape(emission.name(bias), bias.shape, shape));
      // Counted from the end, so that it says the same for a tensor of any rank.
      const attrs = { axis: axis - x.shape.length, epsilon: { float: epsilon } };
      emission.set(output, graph.op("LayerNormalization", operands, attrs));
    },
  ),
  RMSNormalization: rule<{ x: Value; scale: Value }, { epsilon: number; axis: number }>(
    FLOAT,
    (emission, { x, scale }, { epsilon, axis }, [output]) => {
      const attrs = { axis: axis - x.shape.length, epsilon: { float: epsilon } };
      emission.set(
        output,
        emission.graph.op("RMSNormalization", [emission.name(x), emission.name(scale)], attrs),
      );
    },
  ),
  Gelu: rule<{ x: Value }, { approximate: string }>(FLOAT, (emission, { x }, { approximate }, [output]) =>
    emission.pointwise([x], output, (name) =>
      emission.graph.op("Gelu", [name], approximate === "tanh" ? { approximate } : {}),
    ),
  ),
  Attention: rule<{ q: Value; k: Value; v: Value }, { scale: number }>(
    FLOAT,
    (emission, { q, k, v }, { scale }, [output]) => {
      const operands = [q, k, v].map((value) => emission.name(value));
      emission.set(output, emission.graph.op("Attention", operands, { scale: { float: scale } }));
    },
  ),
};

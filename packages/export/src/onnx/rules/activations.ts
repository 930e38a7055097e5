/** @file What follows a product or a convolution in a fused kernel. */
import type { Emission } from "../build/emission.ts";

/** Attributes of fused kernels. */
export interface Fused {
  activation?: string;
  leakyreluAlpha?: number;
}

/** `name`, activated; `slope` is the tensor of PReLU. */
export function activated(
  emission: Emission,
  name: string,
  { activation = "linear", leakyreluAlpha = 0.2 }: Fused,
  slope?: string,
): string {
  const { graph } = emission;
  switch (activation) {
    case "relu":
      return graph.op("Relu", [name]);
    case "relu6":
      return graph.op("Clip", [name, emission.number(0), emission.number(6)]);
    case "elu":
      return graph.op("Elu", [name]);
    case "sigmoid":
      return graph.op("Sigmoid", [name]);
    case "leakyrelu":
      return graph.op("LeakyRelu", [name], { alpha: { float: leakyreluAlpha } });
    case "prelu":
      return graph.op("PRelu", [name, slope!]);
    default:
      return name;
  }
}

/** @file Convolutions. */
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import { packer } from "../matmul/pack.ts";
import type { Finished, Routine } from "../routine.ts";
import { emitCorrelation } from "./correlate.ts";
import { spreadFor } from "./spread.ts";
import { type ConvolutionSpec, flopsOf, volume } from "../../../../steps/specs/convolution.ts";

/** `fn(x, filter, y, scratch, begin, end)`: the convolution of `x` with `filter`. */
export function emitConvolution(module: ModuleBuilder, spec: ConvolutionSpec & Finished): Routine {
  const { batch, inChannels, filter, output, outChannels, strides, dilations } = spec;
  const count = volume(filter) * inChannels;
  return emitCorrelation(module, {
    name: `convolution ${filter.join("x")}x${inChannels}x${outChannels}`,
    batch,
    spread: spreadFor(spec, inChannels),
    output,
    columns: outChannels,
    parts: [
      {
        taps: filter,
        dilations,
        count: output,
        first: [0, 0, 0],
        step: [1, 1, 1],
        corner: [0, 0, 0],
        strides,
        pack: (f, weights, column, width, to) => {
          f.get(weights).plus(column, 4).get(to);
          f.call(packer(module, { count, width, line: outChannels, element: 1 }));
        },
      },
    ],
    isPacked: spec.packed !== undefined,
    epilogue: spec.epilogue,
    flops: flopsOf(spec),
  });
}

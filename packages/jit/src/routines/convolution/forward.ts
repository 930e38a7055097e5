/** @file Convolutions. */
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import { ELEMENT } from "../lanes.ts";
import { packer } from "../matmul/pack.ts";
import type { Routine } from "../routine.ts";
import { emitCorrelation } from "./correlate.ts";
import { eachAxis, flopsOf, type ForwardSpec, volume } from "./spec.ts";

/** `fn(x, filter, y, extra operands…, scratch, begin, end)`: the convolution of `x` with `filter`. */
export function emitConvolution(module: ModuleBuilder, spec: ForwardSpec): Routine {
  const { batch, input, inChannels, filter, output, outChannels, strides, dilations, before } = spec;
  const count = volume(filter) * inChannels;
  return emitCorrelation(module, {
    name: `convolution ${filter.join("x")}x${inChannels}x${outChannels}`,
    batch,
    spread: {
      source: input,
      target: reach(spec),
      spacing: [1, 1, 1],
      offset: before,
      channels: inChannels,
    },
    taps: filter,
    strides,
    dilations,
    output,
    columns: outChannels,
    pack: (f, weights, first, width, to) => {
      f.get(weights).get(first).i32(2).op("i32.shl").op("i32.add").get(to);
      f.call(packer(module, { count, width, line: outChannels, element: 1 }));
    },
    epilogue: spec.epilogue,
    flops: flopsOf(spec),
  });
}

/** The size of a padded image that the windows reach. */
export function reach({ filter, output, strides, dilations }: ForwardSpec) {
  return eachAxis((axis) => (output[axis] - 1) * strides[axis] + (filter[axis] - 1) * dilations[axis] + 1);
}

/** `fn(dy, filter, dx, scratch, begin, end)`: the gradient of a convolution for its input. */
export function emitInputGradient(module: ModuleBuilder, spec: Omit<ForwardSpec, "epilogue">): Routine {
  const { batch, input, inChannels, filter, output, outChannels, strides, dilations, before } = spec;
  const taps = volume(filter);
  const tapBytes = inChannels * outChannels * ELEMENT;
  return emitCorrelation(module, {
    name: `convolution input gradient ${filter.join("x")}x${inChannels}x${outChannels}`,
    batch,
    // Each element of dy goes where its window began, windows are turned round.
    spread: {
      source: output,
      target: eachAxis((axis) => input[axis] + (filter[axis] - 1) * dilations[axis]),
      spacing: strides,
      offset: eachAxis((axis) => (filter[axis] - 1) * dilations[axis] - before[axis]),
      channels: outChannels,
    },
    taps: filter,
    strides: [1, 1, 1],
    dilations,
    output: input,
    columns: inChannels,
    pack: (f, weights, first, width, to) => {
      const pack = packer(module, { count: outChannels, width, line: 1, element: outChannels });
      const [from, target, tap] = [f.local("i32"), f.local("i32"), f.local("i32")];
      f.get(weights)
        .get(first)
        .i32(outChannels * ELEMENT)
        .op("i32.mul")
        .op("i32.add");
      f.i32((taps - 1) * tapBytes)
        .op("i32.add")
        .set(from);
      f.get(to).set(target);
      f.forRange(tap, 0, taps, 1, () => {
        f.get(from).get(target).call(pack);
        f.get(from).i32(tapBytes).op("i32.sub").set(from);
        f.get(target)
          .i32(outChannels * Math.ceil(width / 4) * 4 * ELEMENT)
          .op("i32.add")
          .set(target);
      });
      f.free(from, target, tap);
    },
    flops: flopsOf(spec),
  });
}

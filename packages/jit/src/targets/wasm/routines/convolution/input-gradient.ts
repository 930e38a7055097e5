/** @file The gradient of a convolution for its input. */
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import { ELEMENT } from "../lanes.ts";
import { packedWidth, packer } from "../matmul/pack.ts";
import type { Routine } from "../routine.ts";
import { emitCorrelation } from "./correlate.ts";
import type { Part } from "./correlate-part.ts";
import {
  type ConvolutionSpec,
  eachAxis,
  flopsOf,
  type Sizes,
  volume,
} from "../../../../steps/specs/convolution.ts";

/** With more than this, whose code would be long, dy is laid out with zeros between its elements instead. */
const MOST_PHASES = 9;

/**
 * `fn(dy, filter, dx, scratch, begin, end)`.
 *
 * Input element i takes part, by filter element t, in output element `(i + before - t * dilation) / stride` if that is
 * an integer. So elements i of the same remainder modulo the stride have the same filter elements, evenly spaced, and
 * are a correlation of dy with these, turned round.
 */
export function emitInputGradient(module: ModuleBuilder, spec: ConvolutionSpec): Routine {
  const { input, inChannels, outChannels, filter } = spec;
  const spacing: Sizes = volume(spec.strides) > MOST_PHASES ? spec.strides : [1, 1, 1];
  const spaced: ConvolutionSpec = {
    ...spec,
    strides: eachAxis((axis) => spec.strides[axis] / spacing[axis]),
    output: eachAxis((axis) => (spec.output[axis] - 1) * spacing[axis] + 1),
  };
  const axes = ([0, 1, 2] as const).map((axis) => phasesOf(spaced, axis));
  // How far windows reach before and behind dy.
  const lead = eachAxis((axis) => Math.max(0, ...axes[axis]!.map(({ corner }) => -corner)));
  const target = eachAxis((axis) =>
    Math.max(spaced.output[axis] + lead[axis], ...axes[axis]!.map((phase) => lead[axis] + phase.end)),
  );
  const parts = axes[0]!.flatMap((depth) =>
    axes[1]!.flatMap((height) =>
      axes[2]!.map((width) => partOf(module, spaced, [depth, height, width], lead)),
    ),
  );
  return emitCorrelation(module, {
    name: `convolution input gradient ${filter.join("x")}x${inChannels}x${outChannels}`,
    batch: spec.batch,
    spread: { source: spec.output, target, spacing, offset: lead, channels: outChannels },
    output: input,
    columns: inChannels,
    parts,
    flops: flopsOf(spec),
  });
}

/** Along one axis, the input elements of one remainder modulo the stride. */
interface Phase {
  /** The first of them; the next are a stride apart. */
  readonly first: number;
  readonly count: number;
  /** The filter elements that meet them, in the order in which dy is read. */
  readonly taps: readonly number[];
  /** From one tap's element of dy to the next. */
  readonly dilation: number;
  /** The element of dy that the first tap reads for the first input element, and the last one read plus 1. */
  readonly corner: number;
  readonly end: number;
}

function phasesOf(spec: ConvolutionSpec, axis: 0 | 1 | 2): Phase[] {
  const [stride, dilation, before] = [spec.strides[axis], spec.dilations[axis], spec.before[axis]];
  const phases: Phase[] = [];
  for (let first = 0; first < Math.min(stride, spec.input[axis]); first++) {
    const count = Math.ceil((spec.input[axis] - first) / stride);
    const taps: number[] = [];
    for (let tap = spec.filter[axis] - 1; tap >= 0; tap--) {
      if ((first + before - tap * dilation) % stride === 0) taps.push(tap);
    }
    const place = (tap: number) => (first + before - tap * dilation) / stride;
    const corner = taps.length ? place(taps[0]!) : 0;
    const apart = taps.length > 1 ? place(taps[1]!) - corner : 1;
    const last = corner + apart * Math.max(0, taps.length - 1);
    phases.push({ first, count, taps, dilation: apart, corner, end: last + count });
  }
  return phases;
}

function partOf(
  module: ModuleBuilder,
  spec: ConvolutionSpec,
  phases: readonly [Phase, Phase, Phase],
  lead: Sizes,
): Part {
  const { inChannels, outChannels, filter } = spec;
  const taps = phases[0].taps.flatMap((depth) =>
    phases[1].taps.flatMap((height) =>
      phases[2].taps.map((width) => (depth * filter[1] + height) * filter[2] + width),
    ),
  );
  return {
    taps: eachAxis((axis) => phases[axis].taps.length),
    dilations: eachAxis((axis) => phases[axis].dilation),
    count: eachAxis((axis) => phases[axis].count),
    first: eachAxis((axis) => phases[axis].first),
    step: spec.strides,
    corner: eachAxis((axis) => phases[axis].corner + lead[axis]),
    strides: [1, 1, 1],
    pack: (f, weights, column, width, to) => {
      const pack = packer(module, { count: outChannels, width, line: 1, element: outChannels });
      for (const [place, tap] of taps.entries()) {
        f.get(weights).plus(column, outChannels * ELEMENT);
        f.plus(tap * inChannels * outChannels * ELEMENT);
        f.get(to).plus(place * outChannels * packedWidth(width) * ELEMENT);
        f.call(pack);
      }
    },
  };
}

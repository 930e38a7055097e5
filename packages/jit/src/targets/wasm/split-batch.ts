/** @file Divides the batch for gradients of filters: threads take images each, instead of filter elements of all images. */
import type { Buffer } from "../../expr/expr.ts";
import { type ConvolutionSpec, flopsOf, volume } from "../../steps/specs/convolution.ts";
import type { RoutineStep, Step } from "../../steps/step.ts";
import { WORTH_SHARING } from "./emit/sharing.ts";
import { sumOfParts } from "./sum-parts.ts";

/** Parts at most, and bytes of all their matrices. */
const MOST_PARTS = 8;
const MOST_BYTES = 1 << 21;

/**
 * The same steps; where a filter is small, its gradient is computed for parts of the batch, then added up. Figures
 * depend on the shapes alone.
 */
export function splitBatches(steps: readonly Step[]): Step[] {
  return steps.flatMap((step): Step[] => {
    if (step.kind !== "routine" || step.spec.kind !== "convolution filter gradient") return [step];
    const parts = partsOf(step.spec);
    return parts > 1 ? inParts(step, step.spec, parts) : [step];
  });
}

function partsOf(spec: ConvolutionSpec): number {
  if (flopsOf(spec) < WORTH_SHARING) return 1;
  const most = Math.min(MOST_PARTS, Math.floor(MOST_BYTES / (4 * elementsOf(spec))));
  const images = Math.ceil(spec.batch / Math.max(1, most));
  return Math.ceil(spec.batch / images);
}

function elementsOf({ filter, inChannels, outChannels }: ConvolutionSpec): number {
  return volume(filter) * inChannels * outChannels;
}

function inParts(step: RoutineStep, spec: RoutineStep["spec"] & ConvolutionSpec, parts: number): Step[] {
  const [x, dy, gradient] = step.operands;
  if (!x || !dy || !gradient) throw new Error("internal: a gradient without operands");
  const size = elementsOf(spec);
  // Numbers tell buffers apart for those who read them only.
  const buffer: Buffer = { id: -1, size: parts * size, role: { kind: "temporary" } };
  const routine: RoutineStep = {
    ...step,
    spec: { ...spec, parts } as RoutineStep["spec"],
    operands: [x, dy, { buffer, offset: 0 }],
    writes: [buffer],
    result: undefined,
  };
  return [routine, sumOfParts(buffer, parts, size, gradient.buffer)];
}

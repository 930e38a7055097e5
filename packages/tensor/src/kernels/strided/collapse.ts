/** @file Makes as few axes as can be of those that several operands walk in step. */
import type { Strides } from "./walk.ts";

/** A shape and how each operand walks through it. */
export interface Walk {
  shape: number[];
  operands: Strides[];
}

/** The same elements in the same order along fewer axes: none of size 1, and none that all operands go on along. */
export function collapse(shape: readonly number[], operands: readonly Strides[]): Walk {
  const axes = [...shape.keys()].filter((axis) => shape[axis] !== 1);
  const sizes: number[] = [];
  const steps: number[][] = operands.map(() => []);
  for (const axis of axes) {
    const size = shape[axis]!;
    const isGoingOn =
      sizes.length > 0 && operands.every((operand, i) => steps[i]!.at(-1) === operand.steps[axis]! * size);
    if (isGoingOn) sizes.push(sizes.pop()! * size);
    else sizes.push(size);
    for (const [i, operand] of operands.entries()) {
      if (isGoingOn) steps[i]!.pop();
      steps[i]!.push(operand.steps[axis]!);
    }
  }
  return { shape: sizes, operands: operands.map(({ start }, i) => ({ start, steps: steps[i]! })) };
}

/** @file An image laid out with zeros around it and between its elements. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { Local } from "../../assembler/types.ts";
import { ELEMENT, loadLanes, storeLanes, VECTOR } from "../lanes.ts";
import {
  type ConvolutionSpec,
  eachAxis,
  reach,
  type Sizes,
  volume,
} from "../../../../steps/specs/convolution.ts";

/** What windows go over an image. */
type Windowed = Pick<ConvolutionSpec, "input" | "filter" | "output" | "strides" | "dilations" | "before">;

/** Element i of an axis of `source` goes to `i * spacing + offset` of `target`, if that is within it. */
export interface Spread {
  readonly source: Sizes;
  readonly target: Sizes;
  readonly spacing: Sizes;
  readonly offset: Sizes;
  readonly channels: number;
}

/** An image of `channels` laid out for the windows of `spec`: each lies within. */
export function spreadFor(spec: Windowed, channels: number): Spread {
  return { source: spec.input, target: reach(spec), spacing: [1, 1, 1], offset: spec.before, channels };
}

/** Bytes from one place of an image to another, `steps` pixels further along an axis. */
export function stepBytes(image: Sizes, channels: number, steps: Sizes = [1, 1, 1]): Sizes {
  const pixel = channels * ELEMENT;
  const row = image[2] * pixel;
  return [steps[0] * image[1] * row, steps[1] * row, steps[2] * pixel];
}

/** Byte offsets of all taps of a filter, from one to the next of each axis `tapBytes`. */
export function tapOffsets(filter: Sizes, tapBytes: Sizes): number[] {
  const [, height, width] = filter;
  return Array.from({ length: volume(filter) }, (_, tap) => {
    const at = [Math.floor(tap / (height * width)), Math.floor(tap / width) % height, tap % width];
    return at.reduce((sum, position, axis) => sum + position * tapBytes[axis]!, 0);
  });
}

/** Whether the target is the source. */
export function isPlain({ source, target, spacing, offset }: Spread): boolean {
  return [0, 1, 2].every(
    (axis) =>
      source[axis] === target[axis] && offset[axis] === 0 && (spacing[axis] === 1 || source[axis] === 1),
  );
}

export function spreadBytes({ target, channels }: Spread): number {
  return Math.ceil((volume(target) * channels * ELEMENT) / 16) * 16;
}

/** Fills the target with zeros. Once is enough: every spread writes to the same places. */
export function emitClear(f: FunctionBuilder, target: Local, spread: Spread): void {
  f.get(target).i32(0).i32(spreadBytes(spread)).fillMemory();
}

/** Copies one image at `source` to its places in `target`. */
export function emitSpread(f: FunctionBuilder, source: Local, target: Local, spread: Spread): void {
  const { spacing, offset, channels } = spread;
  const first = eachAxis((axis) => Math.max(0, Math.ceil(-offset[axis] / spacing[axis])));
  const end = eachAxis((axis) =>
    Math.min(spread.source[axis], Math.floor((spread.target[axis] - 1 - offset[axis]) / spacing[axis]) + 1),
  );
  const [from, to] = [stepBytes(spread.source, channels), stepBytes(spread.target, channels)];
  const loop = (axis: 0 | 1 | 2, at: readonly [Local, Local]) => {
    const count = end[axis] - first[axis];
    if (count <= 0) return;
    const [a, b] = f.locals("i32", 2);
    f.get(at[0])
      .plus(first[axis] * from[axis])
      .set(a);
    f.get(at[1])
      .plus((first[axis] * spacing[axis] + offset[axis]) * to[axis])
      .set(b);
    const whole = axis === 2 && spacing[2] === 1;
    if (whole) emitCopy(f, b, a, count * from[2]);
    else {
      const left = f.local("i32");
      f.forRange(left, 0, count, 1, () => {
        if (axis === 2) emitCopy(f, b, a, from[2]);
        else loop((axis + 1) as 1 | 2, [a, b]);
        f.increase(a, from[axis]);
        f.increase(b, spacing[axis] * to[axis]);
      });
      f.free(left);
    }
    f.free(a, b);
  };
  loop(0, [source, target]);
}

/** Vectors that are copied in one turn. */
const TURN = 4;

/** Copies whole elements. `memory.copy` is a call of the engine, which copies shared memory 8 bytes at a time. */
function emitCopy(f: FunctionBuilder, to: Local, from: Local, bytes: number): void {
  const [source, target, left] = f.locals("i32", 3);
  const vector = f.local("v128");
  const copy = (offset: number, lanes: number) => {
    loadLanes(f, source, offset, lanes);
    f.set(vector);
    storeLanes(f, target, offset, lanes, vector);
  };
  f.get(from).set(source);
  f.get(to).set(target);
  const turns = Math.floor(bytes / (TURN * VECTOR));
  f.forRange(left, 0, turns, 1, () => {
    for (let i = 0; i < TURN; i++) copy(i * VECTOR, 4);
    for (const address of [source, target]) f.increase(address, TURN * VECTOR);
  });
  const rest = bytes - turns * TURN * VECTOR;
  for (let offset = 0; offset < rest; offset += VECTOR) copy(offset, Math.min(4, (rest - offset) / ELEMENT));
  f.free(source, target, left, vector);
}

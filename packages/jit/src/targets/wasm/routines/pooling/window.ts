/** @file What pooling and its gradients have in common: windows of an image, channels in vectors. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { Local } from "../../assembler/types.ts";
import { eachAxis, reach, type Sizes, volume } from "../../../../steps/specs/convolution.ts";
import type { PoolingSpec } from "../../../../steps/specs/pooling.ts";
import { stepBytes, tapOffsets } from "../convolution/spread.ts";
import { ELEMENT, VECTOR } from "../lanes.ts";

/** One element of the input for some channels, as a body sees it. */
export interface Tap {
  readonly address: Local;
  readonly offset: number;
  /** Its number in the window, counted with the taps in the padding. → i32 */
  readonly number: () => void;
}

/** Up to this many taps there is no loop over them. */
const STRAIGHT = 16;

/** Windows of the images, and how to get from one place to another. */
export class Windows {
  readonly pixelBytes: number;
  /** Bytes from an input element to the next of each axis. */
  readonly inputBytes: Sizes;
  readonly #f: FunctionBuilder;
  readonly #spec: PoolingSpec;
  /** The size of the padded image that the windows are in. */
  readonly #reach: Sizes;

  constructor(f: FunctionBuilder, spec: PoolingSpec) {
    this.#f = f;
    this.#spec = spec;
    this.#reach = reach({ ...spec, filter: spec.window });
    this.inputBytes = stepBytes(spec.input, spec.channels);
    this.pixelBytes = this.inputBytes[2];
  }

  /** Whether all windows lie within the image, and are small enough to be written out. */
  get written(): boolean {
    return this.inside && volume(this.#spec.window) <= STRAIGHT;
  }

  /** Whether all windows lie within the image. */
  get inside(): boolean {
    const { before, input } = this.#spec;
    return before.every((pad, axis) => pad === 0 && this.#reach[axis]! <= input[axis]!);
  }

  /** Whether no input element is in two windows. */
  get apart(): boolean {
    const { window, dilations, strides } = this.#spec;
    return window.every((size, axis) => (size - 1) * dilations[axis]! < strides[axis]!);
  }

  /** Whether the windows together are the input. */
  get covering(): boolean {
    const { window, dilations, strides, input } = this.#spec;
    return (
      this.inside &&
      input.every(
        (size, axis) =>
          size === this.#reach[axis] &&
          (strides[axis] === 1 || (dilations[axis] === 1 && window[axis]! >= strides[axis]!)) &&
          (dilations[axis] === 1 || window[axis] === 1),
      )
    );
  }

  /** Calls `body` for each vector of channels from byte `first` to `end` of a pixel: `c` is the byte. */
  eachVector(c: Local, first: Local | number, end: Local | number, body: (lanes: number) => void): void {
    const f = this.#f;
    const spec = this.#spec;
    const whole = (spec.channels - (spec.channels % 4)) * ELEMENT;
    const bound = f.local("i32");
    f.smaller(end, whole).set(bound);
    f.forRange(c, first, bound, VECTOR, () => body(4));
    f.free(bound);
    const rest = spec.channels % 4;
    if (!rest) return;
    f.int(end).i32(whole).op("i32.gt_u");
    f.if(() => {
      f.i32(whole).set(c);
      body(rest);
    });
  }

  /** Sets `corner` to the address of the first tap of the window of an output element, of channels at byte `c`. */
  locate(corner: Local, image: Local, place: readonly [Local, Local, Local], c: Local): void {
    const f = this.#f;
    const spec = this.#spec;
    f.get(image).plus(c);
    place.forEach((at, axis) => {
      f.plus(at, spec.strides[axis]! * this.inputBytes[axis]!);
      f.i32(spec.before[axis]! * this.inputBytes[axis]!).op("i32.sub");
    });
    f.set(corner);
  }

  /** Calls `body` for each tap of the window at `corner` that is in the image: once, or once for each if written out. */
  eachTap(corner: Local, place: readonly [Local, Local, Local], body: (tap: Tap) => void): void {
    const f = this.#f;
    const spec = this.#spec;
    const [, height, width] = spec.window;
    const steps = eachAxis((axis) => spec.dilations[axis] * this.inputBytes[axis]);
    if (this.written) {
      for (const [tap, offset] of tapOffsets(spec.window, steps).entries())
        body({ address: corner, offset, number: () => void f.i32(tap) });
      return;
    }
    const counters = f.locals("i32", 3);
    const [address, number] = f.locals("i32", 2);
    const loop = (axis: number) => {
      const counter = counters[axis]!;
      f.forRange(counter, 0, spec.window[axis]!, 1, () => {
        f.get(place[axis]!).i32(spec.strides[axis]!).op("i32.mul");
        f.plus(counter, spec.dilations[axis]);
        // Unsigned, what is before the image is beyond it, too.
        f.i32(spec.before[axis]!).op("i32.sub").i32(spec.input[axis]!).op("i32.lt_u");
        f.if(() => {
          if (axis < 2) return loop(axis + 1);
          f.get(corner);
          counters.forEach((count, a) => f.plus(count, steps[a]));
          f.set(address);
          f.get(counters[0]).i32(height).op("i32.mul").plus(counters[1]);
          f.i32(width).op("i32.mul").plus(counter).set(number);
          body({ address, offset: 0, number: () => void f.get(number) });
        });
      });
    };
    loop(0);
    f.free(...counters, address, number);
  }
}

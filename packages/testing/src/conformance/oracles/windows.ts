/** @file Where windows lie: TensorFlow's rules for "same", "valid" and padding in numbers. */

/** One spatial axis that a window runs along. */
export interface Axis {
  readonly input: number;
  readonly output: number;
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  /** How far the first window begins before the input. */
  readonly low: number;
}

type Pad = "valid" | "same" | number | readonly (readonly [number, number])[];
type Rounding = "floor" | "round" | "ceil";

/** What windows are like, one number for each spatial axis. */
export interface Windows {
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
  readonly dilations?: readonly number[];
  readonly pad: Pad;
  readonly dimRoundingMode?: Rounding;
}

const ROUND = { floor: Math.floor, round: Math.round, ceil: Math.ceil };

/** The axes of an input with these spatial lengths. */
export function axesOf(lengths: readonly number[], windows: Windows): Axis[] {
  const { sizes, strides, dilations, pad, dimRoundingMode = "floor" } = windows;
  return lengths.map((input, i) => {
    const [size, stride, dilation] = [sizes[i]!, strides[i]!, dilations?.[i] ?? 1];
    const span = (size - 1) * dilation + 1;
    const axis = { input, size, stride, dilation };
    if (pad === "same") {
      const output = Math.ceil(input / stride);
      return { ...axis, output, low: Math.floor(Math.max(0, (output - 1) * stride + span - input) / 2) };
    }
    if (pad === "valid")
      return { ...axis, output: Math.max(0, Math.ceil((input - span + 1) / stride)), low: 0 };
    const [low, high] = typeof pad === "number" ? [pad, pad] : pad[i + 1]!;
    return { ...axis, output: ROUND[dimRoundingMode]((input - span + low + high) / stride) + 1, low };
  });
}

/** The places along an axis that window `output` covers, with their position inside of it; those inside the input. */
export function covered(
  { input, size, stride, dilation, low }: Axis,
  output: number,
): [place: number, inside: number][] {
  return Array.from({ length: size }, (_, i): [number, number] => [
    output * stride + i * dilation - low,
    i,
  ]).filter(([place]) => place >= 0 && place < input);
}

/** All combinations of what is along each axis. */
export function combinations<T>(axes: readonly (readonly T[])[]): T[][] {
  return axes.reduce<T[][]>(
    (all, choices) => all.flatMap((one) => choices.map((choice) => [...one, choice])),
    [[]],
  );
}

/** @file Convolutions and their gradients, by their definition. */
import { at, type Dtype, type Expected, f32, indicesOf, type Plain, placeOf, sizeOf } from "../array.ts";
import type { Case, Family } from "../case.ts";
import { integers, random } from "../values.ts";
import { activated, ACTIVATIONS, type Activation } from "./activation.ts";
import { axesOf, combinations, covered, type Windows } from "./windows.ts";

type Numbers = readonly number[];

/** One product of an input's element with a filter's that goes to an output's. */
interface Term {
  x: Numbers;
  filter: Numbers;
  y: Numbers;
}

/** All products of a convolution of `x`, [batch, …spatial, channels]. */
function termsOf(
  x: Numbers,
  filter: Numbers,
  windows: Windows,
  isDepthwise: boolean,
): { terms: Term[]; shape: number[] } {
  const axes = axesOf(x.slice(1, -1), windows);
  const [inputs, outputs] = [filter.at(-2)!, filter.at(-1)!];
  const shape = [x[0]!, ...axes.map(({ output }) => output), isDepthwise ? inputs * outputs : outputs];
  const terms: Term[] = [];
  for (const place of indicesOf(shape.slice(0, -1))) {
    const spatial = place.slice(1);
    for (const taps of combinations(axes.map((axis, i) => covered(axis, spatial[i]!)))) {
      for (let c = 0; c < inputs; c++) {
        for (let d = 0; d < outputs; d++) {
          terms.push({
            x: [place[0]!, ...taps.map(([source]) => source), c],
            filter: [...taps.map(([, inside]) => inside), c, d],
            y: [...place, isDepthwise ? c * outputs + d : d],
          });
        }
      }
    }
  }
  return { terms, shape };
}

/** Adds up the products that go to each element of `to`. */
function collect(
  dtype: Dtype,
  shape: Numbers,
  terms: readonly Term[],
  to: keyof Term,
  product: (term: Term) => number,
): Expected {
  const values: number[] = Array.from({ length: sizeOf(shape) }, () => 0);
  const scale = [...values];
  for (const term of terms) {
    const place = placeOf(term[to], shape);
    const value = product(term);
    values[place] =
      dtype === "int32"
        ? (values[place]! + Number(BigInt.asIntN(32, BigInt(value)))) | 0
        : values[place]! + value;
    scale[place]! += Math.abs(value);
  }
  return { dtype, shape, values, scale };
}

interface Line extends Omit<Windows, "sizes"> {
  x: Numbers;
  filter: Numbers;
}

/** Layers say their padding for each side; gradients of dilated convolutions are made of other kernels. */
function isUnused({ pad, dilations }: Line, isGradient: boolean): boolean {
  return typeof pad === "number" || (isGradient && dilations !== undefined);
}

/** Two spatial axes. */
const PLANES: readonly Line[] = [
  { x: [1, 3, 3, 1], filter: [2, 2, 1, 1], strides: [1, 1], pad: "valid" },
  { x: [2, 4, 5, 2], filter: [3, 3, 2, 3], strides: [1, 1], pad: "same" },
  { x: [1, 5, 5, 2], filter: [3, 3, 2, 4], strides: [2, 2], pad: "same" },
  { x: [1, 6, 5, 1], filter: [2, 3, 1, 2], strides: [2, 1], pad: "valid" },
  { x: [1, 4, 4, 3], filter: [1, 1, 3, 5], strides: [1, 1], pad: "valid" },
  { x: [1, 5, 4, 3], filter: [1, 1, 3, 2], strides: [2, 2], pad: "same" },
  { x: [1, 2, 9, 1], filter: [3, 1, 1, 1], strides: [2, 3], pad: "same" },
  { x: [1, 4, 4, 1], filter: [3, 3, 1, 1], strides: [1, 1], pad: 1 },
  { x: [1, 4, 5, 2], filter: [2, 3, 2, 3], strides: [2, 1], pad: 1 },
  { x: [1, 4, 3, 1], filter: [2, 2, 1, 1], strides: [1, 1], pad: [[0, 0], [1, 0], [0, 2], [0, 0]] }, // prettier-ignore
  { x: [1, 5, 5, 1], filter: [2, 2, 1, 1], strides: [2, 2], pad: 0, dimRoundingMode: "floor" },
  { x: [1, 3, 3, 2], filter: [3, 3, 2, 2], strides: [1, 1], pad: "valid" },
  { x: [1, 1, 1, 1], filter: [1, 1, 1, 1], strides: [1, 1], pad: "valid" },
  { x: [1, 2, 2, 1], filter: [5, 5, 1, 1], strides: [1, 1], pad: "same" },
  { x: [0, 3, 3, 1], filter: [2, 2, 1, 1], strides: [1, 1], pad: "valid" },
  { x: [2, 8, 8, 3], filter: [3, 3, 3, 8], strides: [1, 1], pad: "same" },
];
const DILATED: readonly Line[] = [
  { x: [1, 5, 5, 1], filter: [2, 2, 1, 1], strides: [1, 1], dilations: [2, 2], pad: "valid" },
  { x: [1, 5, 6, 2], filter: [3, 2, 2, 2], strides: [1, 1], dilations: [2, 1], pad: "same" },
];
const CEILED: readonly Line[] = [
  { x: [1, 6, 6, 1], filter: [3, 3, 1, 1], strides: [2, 2], pad: 0, dimRoundingMode: "ceil" },
  { x: [1, 6, 5, 1], filter: [2, 3, 1, 1], strides: [3, 2], pad: 1, dimRoundingMode: "ceil" },
];
const VOLUMES: readonly Line[] = [
  { x: [1, 2, 3, 3, 1], filter: [2, 2, 2, 1, 1], strides: [1, 1, 1], pad: "valid" },
  { x: [2, 3, 3, 2, 2], filter: [2, 2, 1, 2, 3], strides: [1, 1, 1], pad: "same" },
  { x: [1, 4, 3, 5, 1], filter: [3, 2, 2, 1, 2], strides: [2, 1, 2], pad: "same" },
  { x: [1, 3, 4, 3, 2], filter: [1, 2, 3, 2, 1], strides: [1, 2, 1], pad: "valid" },
];
/** A filter's last axis is a multiplier of channels. */
const CHANNELS: readonly Line[] = [
  { x: [1, 3, 3, 1], filter: [2, 2, 1, 1], strides: [1, 1], pad: "valid" },
  { x: [2, 4, 4, 3], filter: [3, 3, 3, 1], strides: [1, 1], pad: "same" },
  { x: [1, 5, 5, 2], filter: [3, 3, 2, 2], strides: [2, 2], pad: "same" },
  { x: [1, 4, 5, 2], filter: [2, 3, 2, 3], strides: [1, 1], pad: 1 },
  { x: [1, 2, 9, 1], filter: [3, 1, 1, 1], strides: [3, 3], pad: "same" },
];
const DILATED_CHANNELS: readonly Line[] = [
  { x: [1, 5, 5, 2], filter: [2, 2, 2, 1], strides: [1, 1], dilations: [2, 2], pad: "valid" },
  { x: [1, 5, 6, 2], filter: [3, 2, 2, 2], strides: [1, 1], dilations: [1, 2], pad: "same" },
];

const windowsOf = ({ filter, ...rest }: Line): Windows => ({ ...rest, sizes: filter.slice(0, -2) });

function nameOf({ x, filter, strides, dilations, pad, dimRoundingMode }: Line): string {
  const parts = [
    `[${x.join(", ")}] with [${filter.join(", ")}]`,
    `strides ${strides.join(" ")}`,
    ...(dilations ? [`dilations ${dilations.join(" ")}`] : []),
    `pad ${JSON.stringify(pad)}`,
    ...(dimRoundingMode === "ceil" ? ["rounded up"] : []),
  ];
  return parts.join(", ");
}

function attrsOf(line: Line, withDilations = true): Record<string, unknown> {
  const { strides, pad, dimRoundingMode } = line;
  const dilations = line.dilations ?? strides.map(() => 1);
  return {
    strides,
    pad,
    dataFormat: strides.length === 3 ? "NDHWC" : "NHWC",
    ...(withDilations && { dilations }),
    ...(dimRoundingMode && { dimRoundingMode }),
  };
}

/** Small numbers; or integers whose products leave float32's range. */
function operand(dtype: Dtype, shape: Numbers, seed: number): Plain {
  const x = random(dtype, shape, seed);
  return dtype === "int32" ? { ...x, values: integers(x.values.length, seed, -100_000, 100_000) } : x;
}

const TOLERANCE = { ulps: 8, gpuUlps: 64 };

function forward(x: Plain, filter: Plain, line: Line, isDepthwise: boolean): Expected {
  const { terms, shape } = termsOf(line.x, line.filter, windowsOf(line), isDepthwise);
  return collect(x.dtype, shape, terms, "y", (term) => at(x, term.x) * at(filter, term.filter));
}

function convolution(lines: readonly Line[], isDepthwise = false, dtypes: readonly Dtype[] = ["float32"]) {
  return (): Case[] =>
    dtypes.flatMap((dtype) =>
      lines.map((line): Case => {
        const [x, filter] = [operand(dtype, line.x, 1), operand(dtype, line.filter, 2)];
        return {
          name: `${dtype}, ${nameOf(line)}`,
          inputs: { x, filter },
          attrs: attrsOf(line),
          want: () => forward(x, filter, line, isDepthwise),
          ...TOLERANCE,
          largeIntegers: dtype === "int32",
          isUnused: isUnused(line, false),
        };
      }),
    );
}

/** The gradient of the input. */
function ofInput(lines: readonly Line[], isDepthwise = false) {
  return (): Case[] =>
    lines.map((line): Case => {
      const { terms, shape } = termsOf(line.x, line.filter, windowsOf(line), isDepthwise);
      const [dy, filter] = [random("float32", shape, 1), random("float32", line.filter, 2)];
      return {
        name: `float32, ${nameOf(line)}`,
        inputs: { dy, filter },
        attrs: { ...attrsOf(line, isDepthwise), inputShape: line.x },
        want: () =>
          collect("float32", line.x, terms, "x", (term) => at(dy, term.y) * at(filter, term.filter)),
        ...TOLERANCE,
        isUnused: isUnused(line, true),
      };
    });
}

/** The gradient of the filter. */
function ofFilter(lines: readonly Line[], isDepthwise = false) {
  return (): Case[] =>
    lines.map((line): Case => {
      const { terms, shape } = termsOf(line.x, line.filter, windowsOf(line), isDepthwise);
      const [x, dy] = [random("float32", line.x, 1), random("float32", shape, 2)];
      return {
        name: `float32, ${nameOf(line)}`,
        inputs: { x, dy },
        attrs: { ...attrsOf(line, isDepthwise), filterShape: line.filter },
        want: () =>
          collect("float32", line.filter, terms, "filter", (term) => at(x, term.x) * at(dy, term.y)),
        ...TOLERANCE,
        isUnused: isUnused(line, true),
      };
    });
}

function fused(lines: readonly Line[], isDepthwise = false) {
  const of = (line: Line, activation: Activation, withBias: boolean): Case => {
    const [x, filter] = [random("float32", line.x, 1), random("float32", line.filter, 2)];
    const channels = isDepthwise ? line.filter.at(-2)! * line.filter.at(-1)! : line.filter.at(-1)!;
    const bias = random("float32", [channels], 3);
    return {
      name: `float32, ${nameOf(line)}, ${activation}${withBias ? ", bias" : ""}`,
      inputs: {
        x,
        filter,
        ...(withBias && { bias }),
        ...(activation === "prelu" && { preluActivationWeights: f32([1], [0.3]) }),
      },
      attrs: {
        ...attrsOf(line),
        dimRoundingMode: line.dimRoundingMode ?? null,
        activation,
        leakyreluAlpha: 0.25,
      },
      want: () => {
        const result = forward(x, filter, line, isDepthwise);
        const added = result.values.map((value, i) => value + (withBias ? bias.values[i % channels]! : 0));
        return activated(
          { ...result, values: added, scale: result.scale!.map((scale) => scale + 2) },
          activation,
        );
      },
      ulps: 8,
      gpuUlps: 4096,
      isUnused: isUnused(line, false),
    };
  };
  return (): Case[] => [
    ...lines.map((line) => of(line, "relu", true)),
    ...ACTIVATIONS.flatMap((activation) => [
      of(lines[1]!, activation, true),
      of(lines[1]!, activation, false),
    ]),
  ];
}

export const convolutionKernels: Family = {
  Conv2D: convolution([...PLANES, ...DILATED, ...CEILED]),
  Conv2DBackpropFilter: ofFilter(PLANES),
  Conv2DBackpropInput: ofInput(PLANES),
  Conv3D: convolution(VOLUMES, false, ["float32", "int32"]),
  Conv3DBackpropFilterV2: ofFilter(VOLUMES),
  Conv3DBackpropInputV2: ofInput(VOLUMES),
  DepthwiseConv2dNative: convolution([...CHANNELS, ...DILATED_CHANNELS], true),
  DepthwiseConv2dNativeBackpropFilter: ofFilter([...CHANNELS, ...DILATED_CHANNELS], true),
  DepthwiseConv2dNativeBackpropInput: ofInput([...CHANNELS, ...DILATED_CHANNELS], true),
  FusedConv2D: fused([...PLANES, ...DILATED]),
  FusedDepthwiseConv2D: fused([...CHANNELS, ...DILATED_CHANNELS], true),
};

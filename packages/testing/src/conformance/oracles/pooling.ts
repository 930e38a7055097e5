/** @file Pooling, dilation, and their gradients, by their definition. */
import { at, build, type Dtype, f32, indicesOf, type Plain, placeOf, sizeOf } from "../array.ts";
import type { Case, Family } from "../case.ts";
import { random } from "../values.ts";
import { axesOf, combinations, covered, type Windows } from "./windows.ts";

type Numbers = readonly number[];

interface Line extends Windows {
  x: Numbers;
}

const PLANES: readonly Line[] = [
  { x: [1, 2, 2, 1], sizes: [2, 2], strides: [1, 1], pad: "valid" },
  { x: [2, 4, 5, 3], sizes: [2, 2], strides: [2, 2], pad: "same" },
  { x: [1, 5, 5, 2], sizes: [3, 3], strides: [1, 1], pad: "same" },
  { x: [1, 6, 5, 1], sizes: [2, 3], strides: [1, 2], pad: "valid" },
  { x: [1, 5, 4, 5], sizes: [3, 2], strides: [2, 1], pad: "same" },
  { x: [1, 4, 4, 1], sizes: [1, 1], strides: [2, 2], pad: "valid" },
  { x: [1, 4, 4, 2], sizes: [1, 1], strides: [1, 1], pad: "same" },
  { x: [1, 2, 2, 1], sizes: [5, 5], strides: [1, 1], pad: "same" },
  { x: [1, 4, 4, 1], sizes: [3, 3], strides: [2, 2], pad: 1 },
  { x: [1, 4, 4, 1], sizes: [4, 4], strides: [1, 1], pad: "valid" },
  { x: [2, 4, 4, 4], sizes: [2, 2], strides: [2, 2], pad: "valid" },
];
const CEILED: readonly Line[] = [
  { x: [1, 5, 5, 1], sizes: [2, 2], strides: [2, 2], pad: 0, dimRoundingMode: "ceil" },
  { x: [1, 6, 4, 2], sizes: [3, 3], strides: [2, 2], pad: 1, dimRoundingMode: "ceil" },
];
const VOLUMES: readonly Line[] = [
  { x: [1, 2, 2, 2, 1], sizes: [2, 2, 2], strides: [1, 1, 1], pad: "valid" },
  { x: [2, 3, 4, 3, 2], sizes: [2, 2, 2], strides: [2, 2, 2], pad: "same" },
  { x: [1, 4, 3, 3, 1], sizes: [3, 1, 2], strides: [1, 2, 1], pad: "same" },
  { x: [1, 3, 3, 3, 1], sizes: [2, 3, 1], strides: [1, 1, 2], pad: "valid" },
];

const shapeOf = (line: Line) => [
  line.x[0]!,
  ...axesOf(line.x.slice(1, -1), line).map(({ output }) => output),
  line.x.at(-1)!,
];

/** The indices of `x` that each window covers, by the window's index. */
function membersOf(line: Line, index: Numbers): number[][] {
  const axes = axesOf(line.x.slice(1, -1), line);
  return combinations(axes.map((axis, i) => covered(axis, index[i + 1]!))).map((taps) => [
    index[0]!,
    ...taps.map(([place]) => place),
    index.at(-1)!,
  ]);
}

function nameOf({ x, sizes, strides, pad, dimRoundingMode }: Line): string {
  const rounded = dimRoundingMode === "ceil" ? ", rounded up" : "";
  return `[${x.join(", ")}], windows ${sizes.join(" ")}, strides ${strides.join(" ")}, pad ${JSON.stringify(pad)}${rounded}`;
}

function attrsOf({ sizes, strides, pad, dimRoundingMode }: Line): Record<string, unknown> {
  return {
    filterSize: sizes,
    strides,
    pad,
    ...(sizes.length === 3 && { dataFormat: "NDHWC" }),
    ...(dimRoundingMode && { dimRoundingMode }),
  };
}

/** The index of the largest of a window; of equal ones the first; a NaN before all. */
function largest(x: Plain, members: readonly number[][]): number[] | undefined {
  return members.reduce<number[] | undefined>((best, member) => {
    if (!best || Number.isNaN(at(x, best))) return best ?? member;
    return at(x, member) > at(x, best) || Number.isNaN(at(x, member)) ? member : best;
  }, undefined);
}

/** Below zero, so that a maximum that begins at zero is seen. */
const negative = (x: Plain): Plain => ({ ...x, values: x.values.map((value) => value - 3) });
const rounded = (x: Plain): Plain => ({ ...x, values: x.values.map((value) => Math.round(value) + 0) });

/** Below where a maximum may begin; some windows have nothing else. */
const lowest = (x: Plain): Plain => ({
  ...x,
  values: x.values.map((value) => (value < 1 ? -Infinity : -1e30 * Math.round(100 * value))).map(Math.fround),
});

const INPUTS: readonly (readonly [name: string, make: (dtype: Dtype, shape: Numbers) => Plain])[] = [
  ["random", (dtype, shape) => random(dtype, shape)],
  ["below zero", (dtype, shape) => negative(random(dtype, shape))],
  ["ties", (dtype, shape) => rounded(random(dtype, shape))],
];

function pooled(lines: readonly Line[], dtypes: readonly Dtype[], fold: (values: number[]) => number) {
  const isExact = fold === maximum;
  return (): Case[] => [
    ...dtypes.flatMap((dtype) =>
      lines.flatMap((line) =>
        INPUTS.slice(0, 2).map(([name, make]): Case => {
          const x = make(dtype, line.x);
          return {
            name: `${dtype}, ${nameOf(line)}, ${name}`,
            inputs: { x },
            attrs: attrsOf(line),
            want: () => ({
              ...build(dtype, shapeOf(line), (index) =>
                fold(membersOf(line, index).map((member) => at(x, member))),
              ),
              scale: build(dtype, shapeOf(line), () => 1).values,
            }),
            ulps: isExact ? 0 : 8,
            gpuUlps: isExact ? 0 : 16,
          };
        }),
      ),
    ),
    ...(isExact ? lines.map((line) => ofLowest(line, fold)) : []),
    special(lines[0]!, fold),
  ];
}

function ofLowest(line: Line, fold: (values: number[]) => number): Case {
  const x = lowest(random("float32", line.x));
  return {
    name: `float32, ${nameOf(line)}, infinitely far below zero`,
    inputs: { x },
    attrs: attrsOf(line),
    want: () =>
      build("float32", shapeOf(line), (index) => fold(membersOf(line, index).map((member) => at(x, member)))),
  };
}

function special(line: Line, fold: (values: number[]) => number): Case {
  const size = sizeOf(line.x);
  const x = f32(line.x, [NaN, -1, Infinity, 2, 3, 4, 5, 6].slice(0, size));
  return {
    name: `float32, NaN, ${nameOf(line)}`,
    inputs: { x },
    attrs: attrsOf(line),
    want: () =>
      build("float32", shapeOf(line), (index) => fold(membersOf(line, index).map((member) => at(x, member)))),
  };
}

const average = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const maximum = (values: number[]) => Math.max(...values);

/** Hands each window's gradient to its members by their `weights`. */
function gradient(line: Line, dy: Plain, weights: (members: number[][]) => number[]): Plain {
  const values: number[] = Array.from({ length: sizeOf(line.x) }, () => 0);
  indicesOf(dy.shape).forEach((index, place) => {
    const members = membersOf(line, index);
    weights(members).forEach((weight, i) => {
      if (weight !== 0) values[placeOf(members[i]!, line.x)]! += weight * dy.values[place]!;
    });
  });
  return { dtype: "float32", shape: line.x, values };
}

function averageGradient(lines: readonly Line[]) {
  return (): Case[] =>
    lines.map((line): Case => {
      const dy = random("float32", shapeOf(line), 2);
      return {
        name: `float32, ${nameOf(line)}`,
        inputs: { dy, input: random("float32", line.x) },
        attrs: attrsOf(line),
        want: () => {
          const result = gradient(line, dy, (members) => members.map(() => 1 / members.length));
          return { ...result, scale: result.values.map(() => 2) };
        },
        ulps: 8,
        gpuUlps: 16,
      };
    });
}

function maximumGradient(lines: readonly Line[]) {
  return (): Case[] =>
    lines.flatMap((line) =>
      INPUTS.map(([name, make]): Case => {
        const input = make("float32", line.x);
        const dy = random("float32", shapeOf(line), 2);
        const output = build("float32", dy.shape, (index) => {
          const best = largest(input, membersOf(line, index));
          return best ? at(input, best) : -Infinity;
        });
        return {
          name: `float32, ${nameOf(line)}, ${name}`,
          inputs: { dy, input, output },
          attrs: attrsOf(line),
          want: () => {
            const result = gradient(line, dy, (members) => {
              const best = largest(input, members);
              return members.map((member) => Number(member === best));
            });
            return { ...result, scale: result.values.map(() => 8) };
          },
          ulps: 4,
        };
      }),
    );
}

function withArgmax(): Case[] {
  return PLANES.filter(({ pad }) => typeof pad === "string").flatMap((line) =>
    [false, true].flatMap((includeBatchInIndex) =>
      INPUTS.map(([name, make]): Case => {
        const x = make("float32", line.x);
        const picture = sizeOf(line.x.slice(1));
        const winners = () => indicesOf(shapeOf(line)).map((index) => largest(x, membersOf(line, index))!);
        return {
          name: `float32, ${nameOf(line)}, ${name}${includeBatchInIndex ? ", batch in index" : ""}`,
          inputs: { x },
          attrs: { ...attrsOf(line), includeBatchInIndex },
          want: () => [
            { dtype: "float32", shape: shapeOf(line), values: winners().map((index) => at(x, index)) },
            {
              dtype: "int32",
              shape: shapeOf(line),
              values: winners().map(
                (index) => placeOf(index, line.x) % (includeBatchInIndex ? Infinity : picture),
              ),
            },
          ],
        };
      }),
    ),
  );
}

/** Grey-scale dilation: the largest of sums with a filter. */
const DILATIONS: readonly (Line & { dilations: Numbers })[] = [
  { x: [1, 3, 3, 1], sizes: [2, 2], strides: [1, 1], dilations: [1, 1], pad: "valid" },
  { x: [2, 4, 5, 2], sizes: [3, 2], strides: [1, 2], dilations: [1, 1], pad: "same" },
  { x: [1, 5, 5, 1], sizes: [2, 2], strides: [1, 1], dilations: [2, 2], pad: "valid" },
  { x: [1, 4, 5, 2], sizes: [2, 3], strides: [2, 1], dilations: [1, 1], pad: 1 },
  { x: [1, 5, 4, 1], sizes: [3, 2], strides: [1, 1], dilations: [1, 1], pad: 1 },
];

function dilation(of: "y" | "x" | "filter") {
  return (): Case[] =>
    DILATIONS.flatMap((line) =>
      INPUTS.slice(0, 2).map(([name, make]): Case => {
        const depth = line.x.at(-1)!;
        const x = make("float32", line.x);
        const filter = random("float32", [...line.sizes, depth], 3);
        const axes = axesOf(line.x.slice(1, -1), line);
        const dy = random("float32", shapeOf(line), 4);
        /** For each output, the value with the places that it comes from. */
        const winners = () =>
          indicesOf(dy.shape).map((index) => {
            const all = combinations(axes.map((axis, i) => covered(axis, index[i + 1]!))).map((taps) => {
              const place = [index[0]!, ...taps.map(([p]) => p), index.at(-1)!];
              const tap = [...taps.map(([, inside]) => inside), index.at(-1)!];
              return { place, tap, value: Math.fround(at(x, place) + at(filter, tap)) };
            });
            return all.reduce((best, each) => (each.value > best.value ? each : best));
          });
        const spread = (shape: Numbers, key: "place" | "tap"): Plain => {
          const values: number[] = Array.from({ length: sizeOf(shape) }, () => 0);
          winners().forEach((winner, i) => (values[placeOf(winner[key], shape)]! += dy.values[i]!));
          return { dtype: "float32", shape, values };
        };
        const { sizes: _, x: __, ...attrs } = line;
        return {
          name: `float32, ${nameOf(line)}, dilations ${line.dilations.join(" ")}, ${name}`,
          inputs: of === "y" ? { x, filter } : { x, filter, dy },
          attrs,
          want: () => {
            if (of === "x") return spread(line.x, "place");
            if (of === "filter") return spread(filter.shape, "tap");
            return { dtype: "float32", shape: dy.shape, values: winners().map(({ value }) => value) };
          },
          ulps: 8,
        };
      }),
    );
}

export const poolingKernels: Family = {
  AvgPool: pooled([...PLANES, ...CEILED], ["float32"], average),
  AvgPool3D: pooled(VOLUMES, ["float32"], average),
  AvgPool3DGrad: averageGradient(VOLUMES),
  AvgPoolGrad: averageGradient([...PLANES, ...CEILED]),
  Dilation2D: dilation("y"),
  Dilation2DBackpropFilter: dilation("filter"),
  Dilation2DBackpropInput: dilation("x"),
  MaxPool: pooled([...PLANES, ...CEILED], ["float32", "int32"], maximum),
  MaxPool3D: pooled(VOLUMES, ["float32", "int32"], maximum),
  MaxPool3DGrad: maximumGradient(VOLUMES),
  MaxPoolGrad: maximumGradient([...PLANES, ...CEILED]),
  MaxPoolWithArgmax: withArgmax,
};

/** @file Kernels for images: TensorFlow's definitions. */
import { at, build, f32, i32, indicesOf, placeOf, sizeOf } from "../array.ts";
import type { Case, Family } from "../case.ts";
import { counted, random } from "../values.ts";

type Numbers = readonly number[];

interface Resize {
  shape: Numbers;
  size: readonly [number, number];
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

const RESIZES: readonly Resize[] = [
  { shape: [1, 2, 2, 1], size: [4, 4], alignCorners: false, halfPixelCenters: false },
  { shape: [2, 3, 2, 2], size: [2, 5], alignCorners: false, halfPixelCenters: false },
  { shape: [1, 4, 3, 3], size: [1, 1], alignCorners: false, halfPixelCenters: false },
  { shape: [1, 1, 1, 2], size: [3, 2], alignCorners: false, halfPixelCenters: false },
  { shape: [1, 3, 4, 1], size: [3, 4], alignCorners: false, halfPixelCenters: false },
  { shape: [1, 2, 3, 1], size: [5, 5], alignCorners: true, halfPixelCenters: false },
  { shape: [1, 4, 4, 2], size: [3, 2], alignCorners: true, halfPixelCenters: false },
  { shape: [1, 2, 2, 1], size: [4, 4], alignCorners: false, halfPixelCenters: true },
  { shape: [1, 5, 4, 2], size: [3, 2], alignCorners: false, halfPixelCenters: true },
];

/** Which of `from` places the place `to` of the result is made of, with weights. */
type Weights = (
  to: number,
  from: number,
  length: number,
  resize: Resize,
) => [place: number, weight: number][];

function scaleOf(from: number, length: number, alignCorners: boolean): number {
  return alignCorners && length > 1 ? (from - 1) / (length - 1) : from / length;
}

const bilinear: Weights = (to, from, length, { alignCorners, halfPixelCenters }) => {
  const scale = scaleOf(from, length, alignCorners);
  const source = halfPixelCenters ? (to + 0.5) * scale - 0.5 : to * scale;
  const fraction = source - Math.floor(source);
  return [
    [Math.max(0, Math.floor(source)), 1 - fraction],
    [Math.max(0, Math.min(from - 1, Math.ceil(source))), fraction],
  ];
};

const nearest: Weights = (to, from, length, { alignCorners, halfPixelCenters }) => {
  const source = (halfPixelCenters ? to + 0.5 : to) * scaleOf(from, length, alignCorners);
  const place = alignCorners ? Math.round(source) : Math.floor(source);
  return [[Math.max(0, Math.min(from - 1, place)), 1]];
};

const shapeOf = ({ shape, size }: Resize) => [shape[0]!, ...size, shape[3]!];

function nameOf({ shape, size, alignCorners, halfPixelCenters }: Resize): string {
  return `[${shape.join(", ")}] to ${size.join(" by ")}${alignCorners ? ", corners aligned" : ""}${halfPixelCenters ? ", half pixels" : ""}`;
}

const attrsOf = ({ size, alignCorners, halfPixelCenters }: Resize) => ({
  size,
  alignCorners,
  halfPixelCenters,
});

function resized(weights: Weights, dtypes: readonly ("float32" | "int32")[], isAverage: boolean) {
  return (): Case[] =>
    dtypes.flatMap((dtype) =>
      RESIZES.map((resize): Case => {
        const images = random(dtype, resize.shape);
        return {
          name: `${dtype}, ${nameOf(resize)}`,
          inputs: { images },
          attrs: attrsOf(resize),
          want: () => {
            const result = build(isAverage ? "float32" : dtype, shapeOf(resize), ([n, row, column, c]) => {
              let sum = 0;
              for (const [y, a] of weights(row!, resize.shape[1]!, resize.size[0], resize)) {
                for (const [x, b] of weights(column!, resize.shape[2]!, resize.size[1], resize)) {
                  sum += a * b * at(images, [n!, y, x, c!]);
                }
              }
              return sum;
            });
            return isAverage
              ? { ...result, scale: result.values.map(() => (dtype === "int32" ? 9 : 2)) }
              : result;
          },
          ulps: isAverage ? 8 : 0,
        };
      }),
    );
}

/** The gradients only know aligned corners. */
function resizeGradient(weights: Weights) {
  return (): Case[] =>
    RESIZES.filter(({ halfPixelCenters }) => !halfPixelCenters).map((resize): Case => {
      const dy = random("float32", shapeOf(resize));
      return {
        name: `float32, ${nameOf(resize)}`,
        inputs: { images: random("float32", resize.shape, 2), dy },
        attrs: { ...attrsOf(resize), size: resize.shape.slice(1, 3) },
        want: () => {
          const values: number[] = Array.from({ length: sizeOf(resize.shape) }, () => 0);
          for (const index of indicesOf(dy.shape)) {
            const [n, row, column, c] = index as [number, number, number, number];
            for (const [y, a] of weights(row, resize.shape[1]!, resize.size[0], resize)) {
              for (const [x, b] of weights(column, resize.shape[2]!, resize.size[1], resize)) {
                values[placeOf([n, y, x, c], resize.shape)]! += a * b * at(dy, index);
              }
            }
          }
          return { dtype: "float32", shape: resize.shape, values, scale: values.map(() => 16) };
        },
        ulps: 8,
      };
    });
}

function cropAndResize(): Case[] {
  const of = (
    method: "bilinear" | "nearest",
    boxes: Numbers,
    boxInd: Numbers,
    cropSize: readonly [number, number],
  ): Case => {
    const image = random("float32", [2, 4, 5, 2]);
    const extrapolationValue = 7.12345;
    return {
      name: `float32, ${method}, ${boxInd.length} boxes to ${cropSize.join(" by ")}`,
      inputs: { image, boxes: f32([boxInd.length, 4], boxes), boxInd: i32([boxInd.length], boxInd) },
      attrs: { cropSize, method, extrapolationValue },
      want: () => {
        const place = (to: number, length: number, from: number, a: number, b: number) =>
          length > 1
            ? a * (from - 1) + (to * (b - a) * (from - 1)) / (length - 1)
            : 0.5 * (a + b) * (from - 1);
        const result = build("float32", [boxInd.length, ...cropSize, 2], ([box, row, column, c]) => {
          const [y1, x1, y2, x2] = boxes.slice(4 * box!).map(Math.fround) as [number, number, number, number];
          const y = place(row!, cropSize[0], 4, y1, y2);
          const x = place(column!, cropSize[1], 5, x1, x2);
          if (y < 0 || y > 3 || x < 0 || x > 4) return extrapolationValue;
          const pixel = (yy: number, xx: number) => at(image, [boxInd[box!]!, yy, xx, c!]);
          if (method === "nearest") return pixel(Math.round(y), Math.round(x));
          const [top, left] = [Math.floor(y), Math.floor(x)];
          const [bottom, right] = [Math.ceil(y), Math.ceil(x)];
          const along = (row: number) =>
            pixel(row, left) + (pixel(row, right) - pixel(row, left)) * (x - left);
          return along(top) + (along(bottom) - along(top)) * (y - top);
        });
        return { ...result, scale: result.values.map(() => 8) };
      },
      ulps: 8,
      gpuUlps: 64,
    };
  };
  return (["bilinear", "nearest"] as const).flatMap((method) => [
    of(method, [0, 0, 1, 1], [0], [4, 5]),
    of(method, [0.1, 0.2, 0.7, 0.9, 0, 0, 0.4, 0.3], [1, 0], [3, 2]),
    of(method, [-0.55, -0.3, 1.15, 1.4], [0], [4, 4]),
    of(method, [0.2, 0.3, 0.6, 0.8], [1], [1, 1]),
    of(method, [0.9, 0.8, 0.1, 0.3], [0], [3, 3]),
  ]);
}

function flip(): Case[] {
  return (
    [
      [1, 2, 3, 1],
      [2, 1, 4, 3],
      [1, 3, 1, 2],
      [0, 2, 2, 1],
    ] as const
  ).map((shape): Case => {
    const image = counted("float32", shape);
    return {
      name: `float32, [${shape.join(", ")}]`,
      inputs: { image },
      want: () => build("float32", shape, ([n, y, x, c]) => at(image, [n!, y!, shape[2] - 1 - x!, c!])),
    };
  });
}

/** Each pixel comes from where a turn around the centre takes it; as TensorFlow.js documents it. */
function rotate(): Case[] {
  type Fill = number | readonly [number, number, number];
  const of = (radians: number, fillValue: Fill, center: number, channels = 2): Case => {
    const shape = [1, 5, 4, channels];
    const image = counted("float32", shape);
    // Three numbers are a colour; what is outside of the image is opaque.
    const fill = (channel: number) =>
      typeof fillValue === "number" ? fillValue : (fillValue[channel] ?? 255);
    return {
      name: `float32, by ${radians} around ${center}, ${channels} channels, ${String(fillValue)} outside`,
      inputs: { image },
      attrs: { radians, fillValue, center },
      want: () =>
        build("float32", shape, ([n, y, x, c]) => {
          const [centerX, centerY] = [4 * center, 5 * center];
          const [dx, dy] = [x! - centerX, y! - centerY];
          const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
          const column = Math.round(dx * cos - dy * sin + centerX);
          const row = Math.round(dx * sin + dy * cos + centerY);
          const isInside = column >= 0 && column < 4 && row >= 0 && row < 5;
          return isInside ? at(image, [n!, row, column, c!]) : fill(c!);
        }),
    };
  };
  const colour = [7, 8, 9] as const;
  return [
    of(0.3, 0, 0.5),
    of(-1.1, 9, 0.3),
    of(2.7, 1, 0.5),
    of(0.4, 0.12345, 0.5),
    ...[1, 2, 3, 4].map((channels) => of(0.7, colour, 0.5, channels)),
  ];
}

type FillMode = "constant" | "reflect" | "wrap" | "nearest";

/** Where a coordinate outside of the image is read instead. */
function folded(at: number, length: number, mode: FillMode): number {
  const period = mode === "reflect" ? 2 * length : length;
  if (mode === "constant") return at;
  if (mode === "nearest") return Math.max(0, Math.min(length - 1, at));
  const inside = ((at % period) + period) % period;
  return mode === "reflect" && inside >= length ? period - 1 - inside : inside;
}

type Eight = [number, number, number, number, number, number, number, number];

function transform(): Case[] {
  const of = (
    name: string,
    transforms: Numbers,
    interpolation: "nearest" | "bilinear",
    fillMode: FillMode,
    size?: readonly [number, number],
  ): Case => {
    const batch = transforms.length / 8;
    const image = random("float32", [batch, 4, 5, 2]);
    const fillValue = 3.12345;
    const [height, width] = [4, 5];
    return {
      name: `float32, ${name}, ${interpolation}, ${fillMode}`,
      inputs: { image, transforms: f32([batch, 8], transforms) },
      attrs: { interpolation, fillMode, fillValue, ...(size && { outputShape: size }) },
      want: () => {
        const result = build("float32", [batch, ...(size ?? [4, 5]), 2], ([n, row, column, c]) => {
          const pixel = (y: number, x: number, c: number) =>
            y >= 0 && y < height && x >= 0 && x < width ? at(image, [n!, y, x, c]) : fillValue;
          const [a0, a1, a2, b0, b1, b2, c0, c1] = transforms.slice(8 * n!).map(Math.fround) as Eight;
          const k = c0 * column! + c1 * row! + 1;
          const x = folded((a0 * column! + a1 * row! + a2) / k, width, fillMode);
          const y = folded((b0 * column! + b1 * row! + b2) / k, height, fillMode);
          if (interpolation === "nearest") return pixel(Math.round(y), Math.round(x), c!);
          const [top, left] = [Math.floor(y), Math.floor(x)];
          const along = (line: number) =>
            (left + 1 - x) * pixel(line, left, c!) + (x - left) * pixel(line, left + 1, c!);
          return (top + 1 - y) * along(top) + (y - top) * along(top + 1);
        });
        return { ...result, scale: result.values.map(() => 4) };
      },
      ulps: 8,
      gpuUlps: 64,
    };
  };
  const shift = [1, 0, 2, 0, 1, -1, 0, 0];
  return [
    ...(["nearest", "bilinear"] as const).flatMap((interpolation) => [
      of("no change", [1, 0, 0, 0, 1, 0, 0, 0], interpolation, "constant"),
      of("moved", shift, interpolation, "constant"),
      of("moved", shift, interpolation, "nearest"),
      of("moved", shift, interpolation, "reflect"),
      of("moved", shift, interpolation, "wrap"),
      of("turned", [0.9, 0.3, -0.4, -0.2, 1.1, 0.35, 0.01, 0.02], interpolation, "constant"),
    ]),
    of("two images", [...shift, 1, 0, -1, 0, 1, 2, 0, 0], "nearest", "constant"),
    of("to another size", [0.8, 0, 0.1, 0, 0.7, 0.15, 0, 0], "bilinear", "constant", [3, 6]),
  ];
}

interface Suppression {
  boxes: Numbers;
  scores: Numbers;
  maxOutputSize: number;
  iouThreshold: number;
  scoreThreshold: number;
}

const SUPPRESSIONS: readonly Suppression[] = [
  {
    boxes: [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, -0.1, 1, 0.9, 0, 10, 1, 11, 0, 10.1, 1, 11.1, 0, 100, 1, 101],
    scores: [0.9, 0.75, 0.6, 0.95, 0.5, 0.3],
    maxOutputSize: 3,
    iouThreshold: 0.5,
    scoreThreshold: 0,
  },
  {
    boxes: [0, 0, 1, 1, 0, 0.1, 1, 1.1, 5, 5, 6, 6],
    scores: [0.4, 0.9, 0.2],
    maxOutputSize: 5,
    iouThreshold: 0.99,
    scoreThreshold: 0.3,
  },
];

/** The part that two boxes [y1, x1, y2, x2] share of what both cover. */
function overlap(a: Numbers, b: Numbers): number {
  const area = ([y1, x1, y2, x2]: Numbers) => (y2! - y1!) * (x2! - x1!);
  const height = Math.max(0, Math.min(a[2]!, b[2]!) - Math.max(a[0]!, b[0]!));
  const width = Math.max(0, Math.min(a[3]!, b[3]!) - Math.max(a[1]!, b[1]!));
  return (height * width) / (area(a) + area(b) - height * width);
}

/** The boxes that are kept, best first. */
function kept({ boxes, scores, maxOutputSize, iouThreshold, scoreThreshold }: Suppression): number[] {
  const box = (i: number) => boxes.slice(4 * i, 4 * i + 4);
  const order = scores.map((_, i) => i).filter((i) => scores[i]! > scoreThreshold);
  const chosen: number[] = [];
  for (const i of order.sort((a, b) => scores[b]! - scores[a]!)) {
    if (chosen.length < maxOutputSize && chosen.every((j) => overlap(box(i), box(j)) <= iouThreshold))
      chosen.push(i);
  }
  return chosen;
}

function suppression(version: 3 | 4 | 5) {
  return (): Case[] =>
    SUPPRESSIONS.map(({ boxes, scores, ...attrs }, i): Case => {
      const more = version === 4 ? { padToMaxOutputSize: true } : version === 5 ? { softNmsSigma: 0 } : {};
      return {
        name: `float32, list ${i + 1}`,
        inputs: { boxes: f32([scores.length, 4], boxes), scores: f32([scores.length], scores) },
        attrs: { ...attrs, ...more },
        want: () => {
          const indices = kept({ boxes, scores, ...attrs });
          if (version === 3) return i32([indices.length], indices);
          if (version === 5) {
            return [
              i32([indices.length], indices),
              f32(
                [indices.length],
                indices.map((each) => scores[each]!),
              ),
            ];
          }
          const padded = Array.from({ length: attrs.maxOutputSize }, (_, place) => indices[place] ?? 0);
          return [i32([padded.length], padded), i32([], [indices.length])];
        },
      };
    });
}

export const imageKernels: Family = {
  CropAndResize: cropAndResize,
  FlipLeftRight: flip,
  NonMaxSuppressionV3: suppression(3),
  NonMaxSuppressionV4: suppression(4),
  NonMaxSuppressionV5: suppression(5),
  ResizeBilinear: resized(bilinear, ["float32", "int32"], true),
  ResizeBilinearGrad: resizeGradient(bilinear),
  ResizeNearestNeighbor: resized(nearest, ["float32", "int32"], false),
  ResizeNearestNeighborGrad: resizeGradient(nearest),
  RotateWithOffset: rotate,
  Transform: transform,
};

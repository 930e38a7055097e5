/** @file Kernels of images, windows and counts, compiled, against those of the cpu backend. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe } from "vitest";
import { type Case, testCases } from "./cases.ts";

const image = () => wave([2, 5, 4, 3]);
const ints = (values: number[], shape: number[] = [values.length]) => tf.tensor(values, shape, "int32");

const sizes = [
  [3, 7],
  [10, 2],
  [1, 1],
  [5, 4],
] as const;

const resizes = sizes.flatMap((size): Case[] =>
  (
    [
      [false, false],
      [true, false],
      [false, true],
    ] as const
  ).flatMap(([align, half]): Case[] => {
    const kind = `to ${size.join("x")}${align ? ", corners aligned" : ""}${half ? ", half pixels" : ""}`;
    const bilinear = (x: tf.Tensor) => tf.image.resizeBilinear(x as tf.Tensor4D, [...size], align, half);
    const nearest = (x: tf.Tensor) =>
      tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [...size], align, half);
    return [
      [`bilinear ${kind}`, bilinear, () => [image()]],
      [`nearest ${kind}`, nearest, () => [image()]],
      [
        `gradient of bilinear ${kind}`,
        (x) => tf.grad((y) => tf.sum(tf.square(bilinear(y))))(x),
        () => [image()],
      ],
    ];
  }),
);

const images: Case[] = [
  ["flipLeftRight", (x) => tf.image.flipLeftRight(x as tf.Tensor4D), () => [image()]],
  [
    "rotateWithOffset",
    (x) => tf.image.rotateWithOffset(x as tf.Tensor4D, 0.6, 0.25, [0.4, 0.7]),
    () => [image()],
  ],
  [
    "rotateWithOffset with a colour",
    (x) => tf.image.rotateWithOffset(x as tf.Tensor4D, -2, [0.1, 0.2, 0.3]),
    () => [wave([1, 4, 6, 4])],
  ],
  [
    "nearest of integers",
    (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [3, 3]),
    () => [ints([1, 2, 3, 4], [1, 2, 2, 1])],
  ],
  [
    "bilinear of integers",
    (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [3, 3]),
    () => [ints([1, 2, 3, 4], [1, 2, 2, 1])],
  ],
  ...(["bilinear", "nearest"] as const).flatMap((method): Case[] =>
    (
      [
        [3, 4],
        [1, 1],
        [1, 6],
      ] as const
    ).map((size): Case => [
      `cropAndResize ${method} to ${size.join("x")}`,
      (x, boxes, which) =>
        tf.image.cropAndResize(
          x as tf.Tensor4D,
          boxes as tf.Tensor2D,
          which as tf.Tensor1D,
          [...size],
          method,
          0.5,
        ),
      () => [
        image(),
        tf.tensor2d([0.1, 0.2, 0.7, 0.9, 0.9, 0.8, 0.2, 0.1, -0.3, 0.1, 1.2, 0.6], [3, 4]),
        ints([1, 0, 1]),
      ],
    ]),
  ),
];

const normalisations: Case[] = ([0, 1, 2, 9] as const).flatMap((radius): Case[] => {
  const lrn = (x: tf.Tensor) => tf.localResponseNormalization(x as tf.Tensor4D, radius, 1.5, 0.7, 0.6);
  return [
    [`LRN of radius ${radius}`, lrn, () => [wave([2, 2, 3, 5])]],
    [
      `gradient of LRN of radius ${radius}`,
      (x) => tf.grad((y) => tf.sum(tf.square(lrn(y))))(x),
      () => [wave([2, 2, 3, 5])],
    ],
  ];
});

const windows: Case[] = (
  [
    [[2, 2], 1, "valid", 1],
    [[3, 2], 2, "same", 1],
    [[2, 3], 1, "same", 2],
  ] as const
).flatMap(([size, stride, pad, dilation]): Case[] => {
  const kind = `${size.join("x")}, stride ${stride}, ${pad}, dilation ${dilation}`;
  const pool = (batch: boolean): Case => [
    `maxPoolWithArgmax ${kind}${batch ? ", batch counted" : ""}`,
    (x) => Object.values<tf.Tensor>(tf.maxPoolWithArgmax(x as tf.Tensor4D, [...size], stride, pad, batch)),
    () => [image()],
  ];
  return [
    [
      `dilation2d ${kind}`,
      (x, filter) => tf.dilation2d(x as tf.Tensor4D, filter as tf.Tensor3D, stride, pad, dilation),
      () => [image(), wave([...size, 3], 0.5, 0.2)],
    ],
    pool(false),
    pool(true),
  ];
});

const counts: Case[] = [
  ["diag", (x) => tf.diag(x), () => [wave([2, 3])]],
  ["diag of integers", (x) => tf.diag(x), () => [ints([4, 5, 6])]],
  ["bincount", (x) => tf.bincount(x as tf.Tensor1D, tf.tensor1d([]), 5), () => [ints([0, 3, 3, 7, 1, 3])]],
  [
    "bincount of weights",
    (x, w) => tf.bincount(x as tf.Tensor1D, w as tf.Tensor1D, 5),
    () => [ints([0, 3, 3, 7, 1, 3]), wave([6])],
  ],
  [
    "denseBincount",
    (x) => tf.denseBincount(x as tf.Tensor2D, tf.tensor2d([], [0, 0]), 4),
    () => [ints([0, 3, 3, 7, 1, 3], [2, 3])],
  ],
  [
    "denseBincount of weights",
    (x, w) => tf.denseBincount(x as tf.Tensor2D, w as tf.Tensor2D, 4),
    () => [ints([0, 3, 3, 7, 1, 3], [2, 3]), wave([2, 3])],
  ],
  [
    "denseBincount, binary",
    (x, w) => tf.denseBincount(x as tf.Tensor2D, w as tf.Tensor2D, 4, true),
    () => [ints([0, 3, 3, 7, 1, 3], [2, 3]), wave([2, 3])],
  ],
  ...(["left", "right"] as const).flatMap((side): Case[] => [
    [
      `searchSorted ${side}`,
      (s, v) => tf.searchSorted(s, v, side),
      () => [
        tf.tensor2d([-1, 0.5, 0.5, 2, 0, 0, 1, 3], [2, 4]),
        tf.tensor2d([0.5, -3, 9, 0, 1, 0.25], [2, 3]),
      ],
    ],
    [
      `searchSorted ${side} of integers`,
      (s, v) => tf.searchSorted(s, v, side),
      () => [ints([1, 3, 3, 8]), ints([3, 0, 9, 8, 4])],
    ],
  ]),
  ["sparseToDense", (i, v) => tf.sparseToDense(i, v, [5], 9), () => [ints([3, 1]), wave([2])]],
  [
    "sparseToDense of a number",
    (i) => tf.sparseToDense(i, tf.scalar(2), [2, 3], tf.scalar(-1)),
    () => [ints([1, 2, 0, 0], [2, 2])],
  ],
  [
    "sparseToDense of integers",
    (i, v) => tf.sparseToDense(i, v, [2, 3], tf.scalar(7, "int32")),
    () => [ints([1, 2, 0, 0], [2, 2]), ints([4, 5])],
  ],
];

describe.each([
  ["resizing", resizes],
  ["images", images],
  ["local response normalisation", normalisations],
  ["windows", windows],
  ["counts", counts],
])("%s", (_, cases) => {
  testCases(cases);
});

/** @file Digits to choose instead of drawing: strokes as a pen makes them. */

/** A point: x and y from 0 to 1, y downwards. */
export type Point = readonly [number, number];

/** Lines that the pen draws without being lifted. */
export type Stroke = readonly Point[];

/** Points on an ellipse, from one angle to another in turns: 0 is on the right, a quarter is below. */
function arc(x: number, y: number, rx: number, ry: number, from: number, to: number): Stroke {
  const count = 24;
  return Array.from({ length: count + 1 }, (_, index) => {
    const angle = (from + ((to - from) * index) / count) * 2 * Math.PI;
    return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)];
  });
}

/** Strokes of the digits 0 to 9. */
export const EXAMPLES: readonly (readonly Stroke[])[] = [
  [arc(0.5, 0.5, 0.2, 0.3, -0.25, 0.78)],
  [
    [
      [0.42, 0.28],
      [0.53, 0.2],
      [0.5, 0.8],
    ],
  ],
  [
    [
      ...arc(0.49, 0.36, 0.18, 0.16, -0.48, 0.08),
      [0.45, 0.62],
      [0.3, 0.79],
      [0.42, 0.76],
      [0.56, 0.8],
      [0.71, 0.77],
    ],
  ],
  [[...arc(0.47, 0.35, 0.17, 0.15, -0.42, 0.2), ...arc(0.47, 0.65, 0.2, 0.16, -0.22, 0.4)]],
  [
    [
      [0.36, 0.2],
      [0.31, 0.52],
      [0.68, 0.5],
    ],
    [
      [0.66, 0.22],
      [0.62, 0.82],
    ],
  ],
  [[[0.68, 0.2], [0.39, 0.21], [0.36, 0.46], ...arc(0.48, 0.62, 0.19, 0.18, -0.3, 0.42)]],
  [[[0.6, 0.19], [0.42, 0.4], ...arc(0.49, 0.65, 0.15, 0.15, 0.5, -0.52)]],
  [
    [
      [0.3, 0.24],
      [0.69, 0.22],
      [0.56, 0.48],
      [0.46, 0.82],
    ],
  ],
  [
    [
      ...arc(0.5, 0.34, 0.15, 0.14, -0.2, -0.75),
      ...arc(0.5, 0.65, 0.18, 0.16, -0.25, 0.75),
      ...arc(0.5, 0.34, 0.15, 0.14, 0.25, -0.2),
    ],
  ],
  [[...arc(0.48, 0.36, 0.16, 0.15, 0, -1), [0.64, 0.36], [0.62, 0.6], [0.56, 0.82]]],
];

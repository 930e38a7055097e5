/** @file Drawings become 28 x 28 pixels as the data set has them, and draws become spreads. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EXAMPLES } from "../../src/page/pictures/digits/examples.ts";
import { toDigit } from "../../src/page/pictures/digits/pixels.ts";
import { spreadsOf } from "../../src/page/pictures/digits/spread.ts";

/** A sheet with a filled box of ink. */
function sheet(side: number, left: number, top: number, width: number, height: number): Float32Array {
  return Float32Array.from({ length: side * side }, (_, index) => {
    const [x, y] = [index % side, Math.floor(index / side)];
    return x >= left && x < left + width && y >= top && y < top + height ? 1 : 0;
  });
}

function extentOf(pixels: Float32Array) {
  const inked = [...pixels.keys()].filter((index) => pixels[index]! > 0.01);
  const columns = inked.map((index) => index % 28);
  const rows = inked.map((index) => Math.floor(index / 28));
  return {
    width: Math.max(...columns) - Math.min(...columns) + 1,
    height: Math.max(...rows) - Math.min(...rows) + 1,
  };
}

function centreOf(pixels: Float32Array): [number, number] {
  let [mass, x, y] = [0, 0, 0];
  for (const [index, value] of pixels.entries()) {
    mass += value;
    x += value * ((index % 28) + 0.5);
    y += value * (Math.floor(index / 28) + 0.5);
  }
  return [x / mass, y / mass];
}

describe("toDigit", () => {
  test("no ink gives no ink", () => {
    expect(toDigit(new Float32Array(100 * 100), 100).every((value) => value === 0)).toBe(true);
  });

  test("wherever and however large it is drawn, it is 20 pixels high, its mass in the middle", () => {
    const box = fc.record({
      left: fc.integer({ min: 0, max: 60 }),
      top: fc.integer({ min: 0, max: 40 }),
      width: fc.integer({ min: 20, max: 60 }),
      height: fc.integer({ min: 60, max: 100 }),
    });
    fc.assert(
      fc.property(box, ({ left, top, width, height }) => {
        const pixels = toDigit(sheet(140, left, top, width, height), 140);
        expect(Math.abs(extentOf(pixels).height - 20)).toBeLessThanOrEqual(1);
        const [x, y] = centreOf(pixels);
        expect(Math.abs(x - 14)).toBeLessThan(0.2);
        expect(Math.abs(y - 14)).toBeLessThan(0.2);
        expect(pixels.every((value) => value >= 0 && value <= 1)).toBe(true);
      }),
    );
  });

  test("a dot is not blown up to the size of a digit", () => {
    const { width, height } = extentOf(toDigit(sheet(140, 70, 70, 4, 4), 140));
    expect(Math.max(width, height)).toBeLessThanOrEqual(5);
  });

  test("pools by area: ink of one half stays one half", () => {
    const half = sheet(140, 20, 20, 100, 100).map((value) => value / 2);
    expect(toDigit(half, 140)[14 * 28 + 14]).toBeCloseTo(0.5, 6);
  });
});

test("there is an example of each digit, within the sheet", () => {
  expect(EXAMPLES).toHaveLength(10);
  for (const [x, y] of EXAMPLES.flat(2)) {
    expect(Math.min(x, y)).toBeGreaterThan(0.1);
    expect(Math.max(x, y)).toBeLessThan(0.9);
  }
});

describe("spreadsOf", () => {
  test("gives extremes, quartiles and the median of each digit", () => {
    const draws = [0.5, 0.1, 0.3, 0.2, 0.4].map((value) => [value, 1 - value]);
    const [first, second] = spreadsOf(draws)!;
    expect(first).toEqual({ least: 0.1, low: 0.2, middle: 0.3, high: 0.4, most: 0.5 });
    expect(second!.middle).toBeCloseTo(0.7, 12);
  });

  test("there is none without draws, and of one draw it is that one", () => {
    expect(spreadsOf([])).toBeNull();
    expect(spreadsOf([[0.25]])).toEqual([{ least: 0.25, low: 0.25, middle: 0.25, high: 0.25, most: 0.25 }]);
  });
});

import { describe, expect, test } from "vitest";
import { type Buffer, type Lane, load } from "../../../src/expr/expr.ts";
import { apply, type OpName } from "../../../src/expr/operations.ts";
import { contiguous } from "../../../src/expr/segments.ts";
import { mapTask } from "../../../src/targets/webgpu/emit/map.ts";
import { type Elements, newBuffer, runTasks } from "./run-tasks.ts";

/** A prime: steps through all of float32 that meet every exponent and sign, with varied mantissas. */
const STRIDE = 20_011;

/** What `op` gives for `args`, as words. */
async function applied(op: OpName, ...args: Elements[]): Promise<Uint32Array<ArrayBuffer>> {
  const size = args[0]!.length;
  const buffers = args.map(() => newBuffer(size));
  const lanes = args.map((arg): Lane => (arg instanceof Float32Array ? "f32" : "i32"));
  const expr = apply(op, ...buffers.map((buffer, i) => load(buffer, lanes[i]!)));
  const target = newBuffer(size);
  const result = new Uint32Array(size);
  const contents = new Map<Buffer, Elements>([[target, result]]);
  buffers.forEach((buffer, i) => contents.set(buffer, args[i]!));
  await runTasks(
    [mapTask({ kind: "map", size, stores: [{ buffer: target, layout: contiguous(size), expr }] })],
    contents,
  );
  return result;
}

const floats = (words: Uint32Array<ArrayBuffer>) => new Float32Array(words.buffer);
const integers = (words: Uint32Array<ArrayBuffer>) => new Int32Array(words.buffer);

const { fround } = Math;
const float = new Float32Array(1);
const word = new Int32Array(float.buffer);
const LEAST_NORMAL = 2 ** -126;

/** The distance of float32 numbers from `x` on. */
function ulp(x: number): number {
  float[0] = Math.abs(x);
  word[0]! += 1;
  return Number.isFinite(float[0]) ? float[0] - Math.abs(fround(x)) : 2 ** 104;
}

/** How far `actual` is from `exact`, in units in the last place. What is not normal may be 0. */
function distance(actual: number, exact: number): number {
  if (Number.isNaN(exact)) return Number.isNaN(actual) ? 0 : Infinity;
  const rounded = fround(exact);
  if (actual === rounded) return 0;
  if (Math.abs(exact) < LEAST_NORMAL && (actual === 0 || Math.abs(actual) === LEAST_NORMAL)) return 0;
  // What overflows may come out as the largest number, and the other way round, within the same bounds.
  const difference = Math.abs(Math.min(Math.abs(actual), 2 ** 128) * (Math.sign(actual) || 1) - exact);
  const by = difference / ulp(exact);
  return Number.isNaN(by) ? Infinity : by;
}

const SPECIAL = [0, -0, Infinity, -Infinity, NaN, 1, -1, 0.5, -0.5, 2 ** -149, -(2 ** -149), 2 ** -126, 88.7228, -87.4, -103.9, 3.4e38, -3.4e38]; // prettier-ignore

/** Special ones, then one of `STRIDE` of all floats; NaN of both signs among them. */
function sample(): Float32Array {
  const count = Math.floor(2 ** 32 / STRIDE);
  const bits = new Int32Array(SPECIAL.length + count);
  new Float32Array(bits.buffer).set(SPECIAL);
  for (let i = 0; i < count; i++) bits[SPECIAL.length + i] = (i * STRIDE) | 0;
  return new Float32Array(bits.buffer);
}

function erfExact(x: number): number {
  if (Math.abs(x) > 6 || x === 0) return Math.abs(x) > 6 ? Math.sign(x) : x;
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) sum += term *= (2 * x * x) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const halfEven = (x: number) => {
  if (Math.abs(x) >= 2 ** 24 || Number.isNaN(x)) return x;
  const [low, rest] = [Math.floor(x), x - Math.floor(x)];
  return rest === 0.5 ? 2 * Math.round(low / 2) : rest < 0.5 ? low : low + 1;
};

/** The operation, what it computes, and how far it may be off, in units in the last place. */
const UNARY: [OpName, (x: number) => number, number][] = [
  ["f32.neg", (x) => -x, 0],
  ["f32.abs", Math.abs, 0],
  ["f32.ceil", Math.ceil, 0],
  ["f32.floor", Math.floor, 0],
  ["f32.round", halfEven, 0],
  ["f32.trunc", Math.trunc, 0],
  ["f32.sqrt", Math.sqrt, 1],
  ["f32.exp", Math.exp, 2],
  ["f32.expm1", Math.expm1, 2],
  ["f32.log", Math.log, 2],
  ["f32.log1p", Math.log1p, 2],
  ["f32.tanh", Math.tanh, 2],
  ["f32.sigmoid", (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))), 3],
  ["f32.softplus", (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), 2],
  ["f32.erf", erfExact, 2],
  ["f32.sin", Math.sin, 2],
  ["f32.cos", Math.cos, 2],
  ["f32.tan", Math.tan, 4],
  ["f32.asin", Math.asin, 2],
  ["f32.acos", Math.acos, 2],
  ["f32.atan", Math.atan, 2],
  ["f32.sinh", Math.sinh, 2],
  ["f32.cosh", Math.cosh, 2],
  ["f32.asinh", Math.asinh, 2],
  ["f32.acosh", Math.acosh, 2],
  ["f32.atanh", Math.atanh, 2],
];

describe("over all of float32, within so many units in the last place:", () => {
  const xs = sample();
  test.each(UNARY)("%s", async (op, exact, bound) => {
    const actual = floats(await applied(op, xs));
    let worst = { by: 0, x: 0, actual: 0, expected: 0 };
    for (const [i, x] of xs.entries()) {
      const expected = exact(x);
      let by = distance(actual[i]!, expected);
      // What is not normal may count as 0.
      if (Math.abs(x) < LEAST_NORMAL && bound > 1) by = Math.min(by, distance(actual[i]!, exact(0)));
      if (by > worst.by) worst = { by, x, actual: actual[i]!, expected };
    }
    expect(worst.by, JSON.stringify(worst)).toBeLessThanOrEqual(bound);
  });
});

/** Every pair of special numbers, and pairs of many sizes. */
function pairs(): [Float32Array, Float32Array] {
  const numbers = [...SPECIAL, 2, -2, 3, -3, 0.1, -0.1, 10.5, -7, 1e-5, 1e10, 24_000_001, 1.0000001, 0.99999994, 16_777_215, -8_388_607.5]; // prettier-ignore
  const x = numbers.flatMap((number) => numbers.map(() => number));
  const y = numbers.flatMap(() => numbers);
  let state = 1;
  const next = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0);
  while (x.length < 2 ** 16) {
    const spread = (next() >>> 8) / 2 ** 24;
    x.push(Math.exp(20 * spread - 10) * (x.length % 5 === 0 ? -1 : 1));
    y.push((next() / 2 ** 31) * (x.length % 3 === 0 ? 100 : 4));
  }
  while (x.length < 2 ** 17) {
    // Bits as they come: every exponent.
    word[0] = next();
    x.push(float[0]!);
    word[0] = next();
    y.push(float[0]!);
  }
  return [Float32Array.from(x), Float32Array.from(y)];
}

describe("of pairs of floats:", () => {
  const [x, y] = pairs();
  const isNormal = (value: number) => value === 0 || Math.abs(value) >= LEAST_NORMAL;

  /** C's power: 1 where JavaScript says NaN of powers of 1 and -1. */
  function power(base: number, exponent: number): number {
    if (base === 1 || (base === -1 && Math.abs(exponent) === Infinity)) return 1;
    return base ** exponent;
  }

  test.each<[OpName, (x: number, y: number) => number, number]>([
    ["f32.add", (a, b) => a + b, 0.5],
    ["f32.sub", (a, b) => a - b, 0.5],
    ["f32.mul", (a, b) => a * b, 0.5],
    ["f32.div", (a, b) => a / b, 2.5],
    ["f32.min", Math.min, 0],
    ["f32.max", Math.max, 0],
    ["f32.pow", power, 2],
    ["f32.atan2", Math.atan2, 3],
  ])("%s", async (op, exact, bound) => {
    const actual = floats(await applied(op, x, y));
    let worst = { by: 0, x: 0, y: 0, actual: 0, expected: 0 };
    for (const [i, a] of x.entries()) {
      const b = y[i]!;
      if (bound > 0 && !(isNormal(a) && isNormal(b))) continue;
      const expected = exact(a, b);
      const by = distance(actual[i]!, expected);
      const isSigned = Object.is(actual[i], fround(expected)) || fround(expected) !== 0 || actual[i] !== 0;
      if (by > worst.by || !isSigned)
        worst = { by: isSigned ? by : Infinity, x: a, y: b, actual: actual[i]!, expected };
    }
    expect(worst.by, JSON.stringify(worst)).toBeLessThanOrEqual(bound);
  });

  test.each<[OpName, (x: number, y: number) => boolean]>([
    ["f32.eq", (a, b) => a === b],
    ["f32.ne", (a, b) => a !== b],
    ["f32.lt", (a, b) => a < b],
    ["f32.le", (a, b) => a <= b],
  ])("%s, exactly", async (op, exact) => {
    const actual = await applied(op, x, y);
    const wrong = x.findIndex((a, i) => actual[i] !== Number(exact(a, y[i]!)));
    expect(wrong < 0 ? undefined : [x[wrong], y[wrong], actual[wrong]]).toBeUndefined();
  });

  test("the remainder is exact, whatever the quotient, with the sign of the divisor", async () => {
    const actual = floats(await applied("f32.mod", x, y));
    const wrong = x.findIndex((a, i) => {
      const b = y[i]!;
      const rest = a % b;
      const isOther = rest !== 0 && rest < 0 !== b < 0;
      const expected = fround(isOther ? (Math.abs(b) === Infinity ? b : rest + b) : rest);
      // What is subtracted may be flushed where it is not normal.
      if (isOther && !(isNormal(rest) && isNormal(b) && isNormal(expected))) return false;
      // Zeros of either sign are equal.
      return actual[i] !== expected && !(Number.isNaN(actual[i]!) && Number.isNaN(expected));
    });
    expect(wrong < 0 ? undefined : [x[wrong], y[wrong], actual[wrong]]).toBeUndefined();
  });

  test("the quotient rounded down is exact, modulo 2^32", async () => {
    const actual = integers(await applied("f32.floorDiv", x, y));
    const wrong = x.findIndex((a, i) => actual[i] !== floorDivided(a, y[i]!));
    expect(wrong < 0 ? undefined : [x[wrong], y[wrong], actual[wrong]]).toBeUndefined();
  });
});

/** In units of the smallest float, of which all are whole multiples. */
function floorDivided(a: number, b: number): number {
  if (!Number.isFinite(a / b) && (b === 0 || Number.isNaN(a / b) || Math.abs(a) === Infinity)) return 0;
  if (Math.abs(b) === Infinity) return 0;
  const [x, y] = [a, b].map((value) => BigInt(value * 2 ** 149)) as [bigint, bigint];
  const quotient = x / y;
  const isDown = quotient * y !== x && x < 0n !== y < 0n;
  return Number(BigInt.asIntN(32, quotient - (isDown ? 1n : 0n)));
}

test("floats become integers modulo 2^32, rounded towards zero", async () => {
  const xs = sample();
  const actual = integers(await applied("i32.fromF32", xs));
  const wrong = xs.findIndex((x, i) => actual[i] !== (x | 0));
  expect(wrong < 0 ? undefined : [xs[wrong], actual[wrong]]).toBeUndefined();
});

test("erfInv is the inverse of erf, and infinite at the ends", async () => {
  const count = 2 ** 14;
  const x = Float32Array.from({ length: count }, (_, i) => (2 * (i + 0.5)) / count - 1);
  const actual = floats(await applied("f32.erfInv", x));
  expect(Math.max(...x.map((value, i) => Math.abs(erfExact(actual[i]!) - value)))).toBeLessThan(2e-7);
  const ends = Float32Array.of(1, -1, 0, NaN, 1.5);
  expect([...floats(await applied("f32.erfInv", ends))]).toEqual([Infinity, -Infinity, 0, NaN, NaN]);
});

test("odd functions keep the sign of zero", async () => {
  const ops: OpName[] = ["f32.expm1", "f32.sinh", "f32.tanh", "f32.log1p", "f32.asinh", "f32.atanh", "f32.erf", "f32.sin", "f32.tan", "f32.asin", "f32.atan"]; // prettier-ignore
  for (const op of ops) {
    expect([...floats(await applied(op, Float32Array.of(-0, 0)))], op).toEqual([-0, 0]);
  }
});

describe("of integers:", () => {
  const numbers = [0, 1, -1, 2, 3, -3, 4, 5, 7, 10, -10, 31, 33, 46_341, 65_537, 123_456_789, -987_654_321, 2 ** 31 - 1, -(2 ** 31)]; // prettier-ignore
  const x = Int32Array.from(numbers.flatMap((number) => numbers.map(() => number)));
  const y = Int32Array.from(numbers.flatMap(() => numbers));
  const power = (base: number, exponent: number): number => {
    if (exponent < 0) return base === 1 ? 1 : base === -1 ? (exponent % 2 === 0 ? 1 : -1) : 0;
    let result = 1n;
    for (let bits = BigInt(exponent), factor = BigInt(base); bits > 0n; bits >>= 1n) {
      if (bits & 1n) result = BigInt.asIntN(32, result * factor);
      factor = BigInt.asIntN(32, factor * factor);
    }
    return Number(result);
  };

  test.each<[OpName, (a: number, b: number) => number]>([
    ["i32.add", (a, b) => a + b],
    ["i32.sub", (a, b) => a - b],
    ["i32.mul", Math.imul],
    ["i32.min", Math.min],
    ["i32.max", Math.max],
    ["i32.and", (a, b) => a & b],
    ["i32.floorDiv", (a, b) => (b === 0 ? 0 : Math.floor(a / b))],
    ["i32.mod", (a, b) => (b === 0 ? 0 : ((a % b) + b) % b)],
    ["i32.pow", power],
    ["i32.eq", (a, b) => Number(a === b)],
    ["i32.ne", (a, b) => Number(a !== b)],
    ["i32.lt", (a, b) => Number(a < b)],
    ["i32.le", (a, b) => Number(a <= b)],
  ])("%s", async (op, exact) => {
    const expected = Array.from(x, (a, i) => exact(a, y[i]!) | 0);
    expect([...integers(await applied(op, x, y))]).toEqual(expected);
  });

  test.each<[OpName, (a: number) => number]>([
    ["i32.neg", (a) => -a],
    ["i32.abs", (a) => Math.abs(a)],
  ])("%s", async (op, exact) => {
    expect([...integers(await applied(op, x))]).toEqual(Array.from(x, (a) => exact(a) | 0));
  });

  test("as floats", async () => {
    expect([...floats(await applied("f32.fromI32", x))]).toEqual(Array.from(x, (a) => fround(a)));
  });
});

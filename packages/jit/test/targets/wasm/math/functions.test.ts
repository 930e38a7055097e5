import { describe, expect, test } from "vitest";
import { ModuleBuilder } from "../../../../src/targets/wasm/assembler/module-builder.ts";
import { erf, erfInv, tanh } from "../../../../src/targets/wasm/math/error-function.ts";
import { cosh, exp, expm1, sigmoid, sinh } from "../../../../src/targets/wasm/math/exponential.ts";
import { acos, asin, atan, atan2 } from "../../../../src/targets/wasm/math/inverse-trigonometric.ts";
import { acosh, asinh, atanh, log, log1p, softplus } from "../../../../src/targets/wasm/math/logarithm.ts";
import { pow } from "../../../../src/targets/wasm/math/power.ts";
import { powInt } from "../../../../src/targets/wasm/math/integer-power.ts";
import { floorDiv, floorDivInt, mod, modInt } from "../../../../src/targets/wasm/math/remainder.ts";
import {
  ceil,
  floor,
  reciprocal,
  round,
  rsqrt,
  sign,
  sqrt,
  toInt,
} from "../../../../src/targets/wasm/math/rounding.ts";
import { cos, sin, tan } from "../../../../src/targets/wasm/math/trigonometric.ts";
import type { VectorFunction } from "../../../../src/targets/wasm/math/vector-function.ts";

const LENGTH = 1 << 16;
/** A prime: steps through all of float32 that meet every exponent and sign, with varied mantissas. */
const STRIDE = 5003;

/** Applies a function to arrays of a multiple of 4 elements, at most LENGTH. */
function compile(fn: VectorFunction, arity: 1 | 2) {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((LENGTH * 4 * 3) / 65_536) });
  const module = new ModuleBuilder();
  module.importMemory({ module: "env", name: "memory", initial: 1 });
  const run = module.function("run", { params: ["i32"], results: [] }, (f) => {
    const at = f.local("i32");
    f.forRange(at, 0, f.params[0], 16, () => {
      f.get(at);
      for (let i = 1; i <= arity; i++) f.get(at).memory("v128.load", i * LENGTH * 4);
      fn(module, f);
      f.memory("v128.store");
    });
  });
  module.exportFunction("run", run.ref);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { env: { memory } });
  return (...args: (Float32Array | Int32Array)[]) => {
    const bits = (array: Float32Array | Int32Array) =>
      new Int32Array(array.buffer, array.byteOffset, array.length);
    args.forEach((arg, i) => new Int32Array(memory.buffer, (i + 1) * LENGTH * 4, LENGTH).set(bits(arg)));
    (exports["run"] as (bytes: number) => void)(args[0]!.length * 4);
    return new Float32Array(memory.buffer.slice(0, args[0]!.length * 4));
  };
}

const { fround } = Math;
const float = new Float32Array(1);
const word = new Int32Array(float.buffer);

/** The distance of float32 numbers from `x` on. */
function ulp(x: number): number {
  float[0] = Math.abs(x);
  word[0]! += 1;
  return Number.isFinite(float[0]) ? float[0] - Math.abs(fround(x)) : 2 ** 104;
}

/** 0 if `actual` is close enough to `exact`, else by how much it is not, in units of what is allowed. */
function excess(actual: number, exact: number): number {
  if (Number.isNaN(exact)) return Number.isNaN(actual) ? 0 : Infinity;
  const rounded = fround(exact);
  if (actual === rounded) return 0;
  // What overflows may come out as the largest number, and the other way round, within the same bounds.
  const difference = Math.abs(Math.min(Math.abs(actual), 2 ** 128) * (Math.sign(actual) || 1) - exact);
  const by = difference / (2 * ulp(exact));
  return by <= 1 ? 0 : Number.isNaN(by) ? Infinity : by;
}

const SPECIAL = [
  0,
  -0,
  Infinity,
  -Infinity,
  NaN,
  1,
  -1,
  0.5,
  -0.5,
  2 ** -149,
  -(2 ** -149),
  2 ** -126,
  88.7228,
  -87.4,
  -103.9,
  3.4e38,
  -3.4e38,
];

function* allFloats(): Generator<Float32Array> {
  yield Float32Array.from([...SPECIAL, ...SPECIAL, 0, 0].slice(0, 36));
  let next = 0;
  const end = 2 ** 32;
  while (next < end) {
    const count = Math.min(LENGTH, Math.floor((end - next) / STRIDE / 4) * 4);
    if (count <= 0) return;
    const bits = new Int32Array(count);
    for (let i = 0; i < count; i++, next += STRIDE) bits[i] = next | 0;
    yield new Float32Array(bits.buffer);
  }
}

function erfExact(x: number): number {
  if (Math.abs(x) > 6 || x === 0) return Math.abs(x) > 6 ? Math.sign(x) : x;
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) sum += term *= (2 * x * x) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const unary: [string, VectorFunction, (x: number) => number][] = [
  ["exp", exp, Math.exp],
  ["expm1", expm1, Math.expm1],
  ["sigmoid", sigmoid, (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)))],
  ["sinh", sinh, Math.sinh],
  ["cosh", cosh, Math.cosh],
  ["tanh", tanh, Math.tanh],
  ["log", log, Math.log],
  ["log1p", log1p, Math.log1p],
  ["softplus", softplus, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))],
  ["asinh", asinh, Math.asinh],
  ["acosh", acosh, Math.acosh],
  ["atanh", atanh, Math.atanh],
  ["erf", erf, erfExact],
  ["sin", sin, Math.sin],
  ["cos", cos, Math.cos],
  ["tan", tan, Math.tan],
  ["asin", asin, Math.asin],
  ["acos", acos, Math.acos],
  ["atan", atan, Math.atan],
  ["sqrt", sqrt, Math.sqrt],
  ["rsqrt", rsqrt, (x) => 1 / Math.sqrt(x)],
  ["reciprocal", reciprocal, (x) => 1 / x],
];

describe("over all of float32, within 2 units in the last place:", () => {
  test.each(unary)("%s", (name, fn, exact) => {
    const apply = compile(fn, 1);
    let worst = { excess: 0, x: 0, actual: 0, expected: 0 };
    for (const xs of allFloats()) {
      const actual = apply(xs);
      for (let i = 0; i < xs.length; i++) {
        const expected = exact(xs[i]!);
        const by = excess(actual[i]!, expected);
        if (by > worst.excess) worst = { excess: by, x: xs[i]!, actual: actual[i]!, expected };
      }
    }
    expect(worst, name).toMatchObject({ excess: 0 });
  });
});

test("odd functions keep the sign of zero", () => {
  for (const fn of [expm1, sinh, tanh, log1p, asinh, atanh, erf, sin, tan, asin, atan]) {
    expect([...compile(fn, 1)(Float32Array.of(-0, 0, -0, 0))]).toEqual([-0, 0, -0, 0]);
  }
});

describe("rounding is exact over all of float32:", () => {
  const halfEven = (x: number) => {
    const [low, rest] = [Math.floor(x), x - Math.floor(x)];
    return rest === 0.5 ? 2 * Math.round(low / 2) : rest < 0.5 ? low : low + 1;
  };
  test.each<[string, VectorFunction, (x: number) => number]>([
    ["floor", floor, Math.floor],
    ["ceil", ceil, Math.ceil],
    ["round", round, (x) => (Math.abs(x) < 2 ** 24 ? halfEven(x) : x)],
    ["sign", sign, (x) => Math.sign(x) || 0],
  ])("%s", (_, fn, exact) => {
    const apply = compile(fn, 1);
    for (const xs of allFloats()) {
      const actual = apply(xs);
      const wrong = xs.findIndex((x, i) => {
        const expected = exact(x);
        return actual[i] !== expected && !(Number.isNaN(actual[i]!) && Number.isNaN(expected));
      });
      expect(wrong < 0 ? undefined : [xs[wrong], actual[wrong]]).toBeUndefined();
    }
  });
});

/** C's power: 1 where JavaScript says NaN of powers of 1 and -1. */
function power(x: number, y: number): number {
  if (x === 1 || (x === -1 && Math.abs(y) === Infinity)) return 1;
  return x ** y;
}

function pairs(): [Float32Array, Float32Array] {
  const numbers = [
    ...SPECIAL,
    2,
    -2,
    3,
    -3,
    0.1,
    -0.1,
    10.5,
    -7,
    1e-5,
    1e10,
    24_000_001,
    1.0000001,
    0.99999994,
  ];
  const x = numbers.flatMap((number) => numbers.map(() => number));
  const y = numbers.flatMap(() => numbers);
  let state = 1;
  while (x.length < LENGTH) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    const spread = (state >>> 8) / 2 ** 24;
    x.push(Math.exp(20 * spread - 10));
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    y.push((state / 2 ** 31) * (x.length % 3 === 0 ? 100 : 4));
  }
  return [Float32Array.from(x), Float32Array.from(y)];
}

test.each<[string, VectorFunction, (x: number, y: number) => number]>([
  ["pow", pow, power],
  ["atan2", atan2, Math.atan2],
])("%s of pairs, special ones among them", (_, fn, exact) => {
  const [x, y] = pairs();
  const actual = compile(fn, 2)(x, y);
  const wrong = x.findIndex((_, i) => excess(actual[i]!, exact(x[i]!, y[i]!)) > 0);
  expect(wrong < 0 ? undefined : [x[wrong], y[wrong], actual[wrong]]).toBeUndefined();
});

const integers = (array: Float32Array) => [...new Int32Array(array.buffer)];

test("floorDiv gives integers modulo 2^32", () => {
  const [x, y] = pairs();
  const expected = Array.from(x, (dividend, i) => Math.floor(dividend / y[i]!) | 0);
  expect(integers(compile(floorDiv, 2)(x, y))).toEqual(expected);
});

test("floats become integers modulo 2^32, rounded towards zero", () => {
  const apply = compile(toInt, 1);
  for (const xs of allFloats()) {
    const actual = integers(apply(xs));
    const wrong = xs.findIndex((x, i) => actual[i] !== (x | 0));
    expect(wrong < 0 ? undefined : [xs[wrong], actual[wrong]]).toBeUndefined();
  }
});

test("integers are raised to powers modulo 2^32", () => {
  const numbers = [0, 1, -1, 2, 3, -3, 7, 10, -10, 46_341, 2 ** 31 - 1, -(2 ** 31), 65_537];
  const exponents = [0, 1, 2, 9, 31, 32, 33, 1000, -1, -2, -3, -(2 ** 31), 2 ** 31 - 1];
  const pairsOf = numbers.flatMap((x) => exponents.map((y) => [x, y] as const)).slice(0, 168);
  const [x, y] = [0, 1].map((at) => Int32Array.from(pairsOf, (pair) => pair[at as 0 | 1]));
  const power = (base: number, exponent: number): number => {
    if (exponent < 0) return base === 1 ? 1 : base === -1 ? (exponent % 2 === 0 ? 1 : -1) : 0;
    let result = 1n;
    for (let bits = BigInt(exponent), factor = BigInt(base); bits > 0n; bits >>= 1n) {
      if (bits & 1n) result = BigInt.asIntN(32, result * factor);
      factor = BigInt.asIntN(32, factor * factor);
    }
    return Number(result);
  };
  expect(integers(compile(powInt, 2)(x!, y!))).toEqual(
    pairsOf.map(([base, exponent]) => power(base, exponent)),
  );
});

test("mod has the sign of the divisor and is exact, whatever the quotient", () => {
  const [a, b] = pairs();
  const keep = [...a.keys()];
  const [x, y] = [a, b].map((numbers) =>
    Float32Array.from(keep.slice(0, keep.length & ~3), (i) => numbers[i]!),
  ) as [Float32Array, Float32Array];
  const actual = compile(mod, 2)(x, y);
  const expected = x.map((dividend, i) => {
    const rest = dividend % y[i]!;
    return rest !== 0 && rest < 0 !== y[i]! < 0 ? rest + y[i]! : rest;
  });
  // Zeros of either sign are equal.
  const wrong = x.findIndex((_, i) => actual[i] !== expected[i] && !Number.isNaN(expected[i]!));
  expect(wrong < 0 ? undefined : [x[wrong], y[wrong], actual[wrong]]).toBeUndefined();
});

test("integers are divided and their remainders taken exactly", () => {
  const numbers = [
    0,
    1,
    -1,
    2,
    3,
    -3,
    7,
    10,
    -10,
    2 ** 31 - 1,
    -(2 ** 31),
    123_456_789,
    -987_654_321,
    4,
    5,
    6,
  ];
  const x = Int32Array.from(numbers.flatMap((number) => numbers.map(() => number)));
  const y = Int32Array.from(numbers.flatMap(() => numbers));
  const expected = (rule: (a: number, b: number) => number) =>
    Array.from(x, (a, i) => (y[i] === 0 ? 0 : rule(a, y[i]!)) | 0);
  const quotient = (a: number, b: number) => Math.floor(a / b);
  expect(integers(compile(floorDivInt, 2)(x, y))).toEqual(expected(quotient));
  expect(integers(compile(modInt, 2)(x, y))).toEqual(expected((a, b) => ((a % b) + b) % b));
});

test("erfInv is the inverse of erf, and infinite at the ends", () => {
  const x = Float32Array.from({ length: LENGTH }, (_, i) => (2 * (i + 0.5)) / LENGTH - 1);
  const actual = compile(erfInv, 1)(x);
  expect(Math.max(...x.map((value, i) => Math.abs(erfExact(actual[i]!) - value)))).toBeLessThan(2e-7);
  expect([...compile(erfInv, 1)(Float32Array.of(1, -1, 0, NaN))]).toEqual([Infinity, -Infinity, 0, NaN]);
});

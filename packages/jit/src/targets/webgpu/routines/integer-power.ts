/** @file A power of a constant with an integer exponent, in integers of 64 bits: WGSL has no wider floats than f32. */
import type { Buffer } from "../../../expr/expr.ts";
import type { Task } from "../task.ts";

/** A number of at least 1 and less than 2, as 64 bits behind the point that is after the first, times 2^exponent. */
interface Scaled {
  readonly high: number;
  readonly low: number;
  readonly exponent: number;
}

/** Beyond all float32, also where 32 of them are added. */
const FAR = 1_000_000;

/** Bits of the magnitude of an exponent. */
const BITS = 32;

/**
 * Operands: an int32 exponent, the float32 result, rounded once: optimisers subtract powers that are nearly 1 from 1.
 */
export function integerPower(
  { base }: { readonly base: number },
  [exponent, result]: readonly [Buffer, Buffer],
): Task[] {
  const size = Math.abs(Math.fround(base));
  const isNegative = base < 0 || Object.is(base, -0);
  return [
    {
      label: `integer power of ${base}`,
      reads: [exponent],
      writes: [result],
      groups: 1,
      sharedWords: 0,
      flops: 0,
      emit: (writer) => `
if (lane == 0u) {
  let exponent = bitcast<i32>(heap[${writer.placeOf(exponent)}]);
  let isOdd = (exponent & 1i) == 1i;
  let rest = bitcast<u32>(select(exponent, -exponent, exponent < 0i));
  var bits = 0x3f800000u;
  if (rest != 0u) {
    ${size > 0 && size < Infinity ? powerCode(size) : special(size)}
    ${isNegative ? "if (isOdd) { bits |= 0x80000000u; }" : ""}
  }
  heap[${writer.placeOf(result)}] = bits;
}`,
    },
  ];
}

/** Of 0, infinity and NaN, with an exponent that is not 0. */
function special(size: number): string {
  if (Number.isNaN(size)) return "bits = 0x7fc00000u;";
  return `bits = select(0u, 0x7f800000u, ${size === 0 ? "exponent < 0i" : "exponent > 0i"});`;
}

/** Sets `bits` to those of the power of `size`, by `exponent` and its magnitude `rest`. */
function powerCode(size: number): string {
  const tables = [size, 1 / size].map(squares);
  const all = tables.flat();
  const list = (values: number[], type: string, suffix: string) =>
    `array<${type}, ${2 * BITS}>(${values.map((value) => `${value}${suffix}`).join(", ")})`;
  return `
    var highs = ${list(
      all.map(({ high }) => high),
      "u32",
      "u",
    )};
    var lows = ${list(
      all.map(({ low }) => low),
      "u32",
      "u",
    )};
    var scales = ${list(
      all.map((entry) => entry.exponent),
      "i32",
      "i",
    )};
    let table = select(0u, ${BITS}u, exponent < 0i);
    var high = 0x80000000u;
    var low = 0u;
    var scale = 0i;
    for (var bit = 0u; bit < ${BITS}u; bit++) {
      if (((rest >> bit) & 1u) == 1u) {
        let otherHigh = highs[table + bit];
        let otherLow = lows[table + bit];
        scale += scales[table + bit];
        ${wideProduct("top", "high", "otherHigh")}
        ${wideProduct("one", "high", "otherLow")}
        ${wideProduct("two", "low", "otherHigh")}
        let sum = top.y + one.x;
        let all = sum + two.x;
        high = top.x + u32(sum < one.x) + u32(all < two.x);
        low = all;
        if ((high & 0x80000000u) == 0u) {
          high = (high << 1u) | (low >> 31u);
          low <<= 1u;
        } else { scale++; }
      }
    }
    if (scale > 127) { bits = 0x7f800000u; }
    else if (scale < -150) { bits = 0u; }
    else {
      // Below 2^-126 fewer bits are left. Of 32 that go, none is.
      let gone = 8u + u32(max(0, -126 - scale));
      let most = min(gone, 31u);
      let left = select(high >> most, 0u, gone > 31u);
      let half = 1u << (most - select(1u, 0u, gone > 31u));
      let lost = select(high & ((1u << most) - 1u), high, gone > 31u);
      let isUp = lost > half || (lost == half && (low > 0u || (left & 1u) == 1u));
      let normal = select(0u, (u32(max(scale, -126) + 127) << 23u) - 0x00800000u, scale >= -126);
      bits = normal + left + u32(isUp);
    }`;
}

/** Declares `name`: the upper and the lower word of the product of two. */
function wideProduct(name: string, a: string, b: string): string {
  return `
        let ${name}Low = (${a} & 0xffffu) * (${b} & 0xffffu);
        let ${name}Left = (${a} >> 16u) * (${b} & 0xffffu);
        let ${name}Right = (${a} & 0xffffu) * (${b} >> 16u);
        let ${name}Middle = (${name}Low >> 16u) + (${name}Left & 0xffffu) + (${name}Right & 0xffffu);
        let ${name} = vec2<u32>(
          (${a} >> 16u) * (${b} >> 16u) + (${name}Left >> 16u) + (${name}Right >> 16u) + (${name}Middle >> 16u),
          ${a} * ${b});`;
}

/** `size`, its square, the square of that, and so on. */
function squares(size: number): Scaled[] {
  const list: Scaled[] = [];
  for (let factor = size; list.length < BITS; factor *= factor) list.push(scaled(factor));
  return list;
}

function scaled(value: number): Scaled {
  if (value === 0 || value === Infinity) {
    return { high: 0x80000000, low: 0, exponent: value === 0 ? -FAR : FAR };
  }
  let exponent = Math.floor(Math.log2(value));
  let mantissa = value / 2 ** exponent;
  // The logarithm is rounded.
  if (mantissa < 1) {
    exponent--;
    mantissa *= 2;
  } else if (mantissa >= 2) {
    exponent++;
    mantissa /= 2;
  }
  const high = Math.floor(mantissa * 2 ** 31);
  return { high, low: (mantissa * 2 ** 31 - high) * 2 ** 32, exponent };
}

/** @file sin, cos, tan over all of float32. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { FunctionRef, Local } from "../assembler/types.ts";
import { inDouble } from "./double.ts";
import { type Expression, Lanes } from "./lanes.ts";
import { called, type Context } from "./vector-function.ts";

/** π/2 in two parts: products of the first with integers below 2^20 are exact in float64. @see FreeBSD's e_rem_pio2.c */
const HALF_PI_HIGH = 1.57079632673412561417;
const HALF_PI_LOW = 6.07710050650619224932e-11;
/** Up to here the two parts are enough. */
const LARGE = 2 ** 20;
/** Adding it to a float64 rounds to an integer, which is then in the low bits. */
const ROUNDER = 1.5 * 2 ** 52;

/** On [-π/4, π/4], of x². @see Cephes' sinf, cosf */
const SIN_P = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1];
const COS_P = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2];

/** x = n π/2 + r, |r| <= π/4. */
interface Reduced {
  readonly r: Local;
  /** int32; its lowest two bits are right. */
  readonly n: Local;
}

function reduce(context: Context, x: Local): Reduced {
  const { module, f, F, I } = context;
  const D = new Lanes(f, "f64x2");
  const half = (values: Expression) => {
    const wide = D.keep(D.emits("f64x2.promote_low_f32x4", values));
    const shifted = D.keep(D.add(D.mul(wide, 2 / Math.PI), ROUNDER));
    const n = D.keep(D.sub(shifted, ROUNDER));
    const r = D.sub(D.sub(wide, D.mul(n, HALF_PI_HIGH)), D.mul(n, HALF_PI_LOW));
    const narrow = D.keep(D.emits("f32x4.demote_f64x2_zero", r));
    return { shifted, narrow };
  };
  const low = half(() => F.put(x));
  const high = half(() => f.get(x).get(x).shuffle32(2, 3, 2, 3));
  const r = F.keep(() => f.get(low.narrow).get(high.narrow).shuffle32(0, 1, 4, 5));
  const n = I.keep(() => f.get(low.shifted).get(high.shifted).shuffle32(0, 2, 4, 6));
  F.put(F.ge(F.abs(x), LARGE));
  f.op("v128.any_true").if(() => reduceLargeLanes(module, f, x, r, n));
  return { r, n };
}

/** Reduces the lanes that are large, infinities to NaN. */
function reduceLargeLanes(module: ModuleBuilder, f: FunctionBuilder, x: Local, r: Local, n: Local): void {
  const reduceLarge = largeReducer(module);
  const [quadrant, rest] = [f.local("i32"), f.local("f32")];
  for (let lane = 0; lane < 4; lane++) {
    f.get(x).lane("f32x4.extract_lane", lane).op("f32.abs").f32(LARGE).op("f32.ge");
    f.if(() => {
      f.get(x).lane("i32x4.extract_lane", lane).call(reduceLarge).set(rest).set(quadrant);
      f.get(r).get(rest).lane("f32x4.replace_lane", lane).set(r);
      f.get(n).get(quadrant).lane("i32x4.replace_lane", lane).set(n);
    });
  }
  f.free(quadrant, rest);
}

/** 2/π in words of 32 bits behind the point: enough for every exponent. */
const TWO_OVER_PI = [0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab];

/**
 * `(bits of x) → (n as int32, r as float32)`: Payne and Hanek's reduction of one float32 of 2^20 or more.
 *
 * With x = m 2^e, only the bits of 2/π from 2^(1 - e) down matter for x 2/π modulo 4; 96 of them times m, as a fraction
 * of 2 and 62 bits, leave more than 38 right bits of the smallest remainder.
 */
function largeReducer(module: ModuleBuilder): FunctionRef {
  return module.once("math reduceLarge", () => {
    const bits = bitsOfTwoOverPi(module);
    const f = module.function("reduceLarge", { params: ["i32"], results: ["i32", "f32"] });
    const x = f.params[0];
    const [e, mantissa, sum, n] = [f.local("i32"), f.local("i64"), f.local("i64"), f.local("i64")];
    // x = mantissa 2^e, the mantissa with 24 bits.
    f.get(x).i32(23).op("i32.shr_u").i32(0xff).op("i32.and").i32(150).op("i32.sub").set(e);
    f.get(x).i32(0x7fffff).op("i32.and").i32(0x800000).op("i32.or").op("i64.extend_i32_u").set(mantissa);
    // Words of 2/π whose first bit weighs 2^1 in 2^e 2/π.
    const word = (index: number) =>
      f
        .get(e)
        .plus(32 * index - 2)
        .call(bits)
        .op("i64.extend_i32_u")
        .get(mantissa)
        .op("i64.mul");
    word(0).i64(32n).op("i64.shl");
    word(1).op("i64.add");
    word(2).i64(32n).op("i64.shr_u").op("i64.add").tee(sum);
    f.i64(1n << 61n)
      .op("i64.add")
      .i64(62n)
      .op("i64.shr_u")
      .tee(n)
      .op("i32.wrap_i64");
    f.get(x).i32(0).op("i32.lt_s");
    f.if(
      () => f.i32(-1),
      () => f.i32(1),
      "i32",
    );
    f.op("i32.mul");
    f.get(sum).get(n).i64(62n).op("i64.shl").op("i64.sub").op("f64.convert_i64_s");
    f.f64((Math.PI / 2) * 2 ** -62)
      .op("f64.mul")
      .op("f32.demote_f64");
    // With the sign of x; NaN for infinities and NaN.
    f.get(x).op("f32.reinterpret_i32").f32(0).op("f32.mul").f32(1).op("f32.add").f32(1);
    f.get(x).op("f32.reinterpret_i32").op("f32.copysign").op("f32.mul").op("f32.mul");
    return f.ref;
  });
}

/** `(at) → 32 bits of 2/π from bit number `at` on`, bit 0 being that of 1/2; bits before it are 0. */
function bitsOfTwoOverPi(module: ModuleBuilder): FunctionRef {
  return module.once("math twoOverPi", () => {
    const f = module.function("twoOverPi", { params: ["i32"], results: ["i32"] });
    const at = f.params[0];
    const [index, pair, chosen] = [f.local("i32"), f.local("i64"), f.local("i32")];
    // Two neighbouring words hold the bits.
    const choose = (next: number) => {
      f.i32(0).set(chosen);
      TWO_OVER_PI.forEach((word, i) => {
        f.i32(word)
          .get(chosen)
          .get(index)
          .i32(i - next)
          .op("i32.eq")
          .op("select")
          .set(chosen);
      });
      f.get(chosen).op("i64.extend_i32_u");
    };
    f.get(at).i32(5).op("i32.shr_s").set(index);
    choose(0);
    f.i64(32n).op("i64.shl");
    choose(1);
    f.op("i64.or").set(pair);
    f.get(pair).i64(32n).get(at).i32(31).op("i32.and").op("i64.extend_i32_u").op("i64.sub").op("i64.shr_u");
    f.op("i32.wrap_i64");
    return f.ref;
  });
}

function sinOf({ F }: Context, r: Local, square: Local): Expression {
  return F.multiplyAdd(F.mul(F.horner(square, SIN_P), square), r, r);
}

function cosOf({ F }: Context, square: Local): Expression {
  const rest = F.mul(F.mul(F.horner(square, COS_P), square), square);
  return F.add(F.sub(rest, F.mul(square, 0.5)), 1);
}

/** The sine of n π/2 + r: `shift` 1 gives the cosine. */
function sinusoid(context: Context, x: Local, shift: number): Expression {
  const { F, I } = context;
  const { r, n } = reduce(context, x);
  const square = F.keep(F.mul(r, r));
  const quadrant = I.keep(I.add(n, shift));
  const odd = I.eq(I.and(quadrant, 1), 1);
  const value = F.select(odd, cosOf(context, square), sinOf(context, r, square));
  const sign = I.shl(I.and(quadrant, 2), 30);
  return F.xor(value, sign);
}

export const sin = called("sin", 1, (context, x) => {
  const { F } = context;
  return F.select(F.lt(F.abs(x), 1e-12), x, sinusoid(context, x, 0));
});

export const cos = called("cos", 1, (context, x) => sinusoid(context, x, 1));

export const tan = called("tan", 1, (context, x) => {
  const { F, I } = context;
  const { r, n } = reduce(context, x);
  // 1 or -1, as float32: a mask would not keep its width.
  const kind = F.keep(F.select(I.eq(I.and(n, 1), 1), -1, 1));
  const value = inDouble(
    context,
    r,
    kind,
    "f64x2.promote_low_f32x4",
    "f32x4.demote_f64x2_zero",
    (D, wide, sign) => {
      const wider = { ...context, F: D };
      const square = D.keep(D.mul(wide, wide));
      const [s, c] = [D.keep(sinOf(wider, wide, square)), D.keep(cosOf(wider, square))];
      const odd = D.keep(D.lt(sign, 0));
      return D.div(D.select(odd, D.neg(c), s), D.select(odd, s, c));
    },
  );
  return F.select(F.lt(F.abs(x), 1e-12), x, value);
});

/** @file erf, its inverse, and tanh. */
import { boundedExp } from "./exponential.ts";
import { log } from "./logarithm.ts";
import { called } from "./vector-function.ts";

/** tanh(x) = x + x³ P(x²), |x| <= 0.625. @see Cephes' tanhf */
const TANH_P = [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1];
const TANH_SMALL = 0.625;

/** erf(x) = x + x P(x²), |x| <= 475/512. @see Juffa's erff */
const ERF_P = [-5.96761703e-4, 4.99119423e-3, -2.67681349e-2, 1.12819925e-1, -3.76125336e-1, 1.28379166e-1];
/** erf(x) = 1 - exp(x Q(x) - x) above. */
const ERF_Q = [
  -1.7285347e-5, 3.83197126e-4, -3.88396438e-3, 2.42546219e-2, -1.06777877e-1, -6.34846687e-1, -1.28717512e-1,
];
const ERF_SMALL = 475 / 512;

/** erfinv(x) = x P(w), w = -log(1 - x²), in the middle and in the tails. @see Giles 2012 */
const ERF_INV_MIDDLE = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
];
const ERF_INV_TAIL = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
  1.00167406, 2.83297682,
];

export const tanh = called("tanh", 1, (context, x) => {
  const { F } = context;
  const a = F.keep(F.abs(x));
  const z = F.keep(F.mul(x, x));
  const small = F.multiplyAdd(F.mul(F.horner(z, TANH_P), z), x, x);
  // Far out it is 1.
  const near = F.keep(F.atMost(a, 16));
  const large = F.sub(1, F.div(2, F.add(boundedExp(context, F.keep(F.add(near, near))), 1)));
  return F.or(F.select(F.gt(a, TANH_SMALL), large, small), F.and(x, -0));
});

export const erf = called("erf", 1, (context, x) => {
  const { F } = context;
  const a = F.keep(F.abs(x));
  const z = F.keep(F.mul(x, x));
  const small = F.multiplyAdd(F.horner(z, ERF_P), x, x);
  // Far out it is 1, and the polynomial, which grows, must not come back.
  const t = F.keep(F.atMost(a, 4));
  const power = F.keep(F.sub(F.mul(F.horner(t, ERF_Q), t), t));
  const large = F.sub(1, boundedExp(context, power));
  return F.select(F.gt(a, ERF_SMALL), F.or(large, F.and(x, -0)), small);
});

/** Rounded as XLA's: x² before the logarithm, which decides the tails. Of random numbers few vectors have one there. */
export const erfInv = called("erfInv", 1, ({ f, F, I, call }, x) => {
  const w = F.keep(F.neg(call(log, F.sub(1, F.keep(F.mul(x, x))))));
  const isMiddle = I.keep(F.lt(w, 5));
  const middle = F.keep(F.horner(F.keep(F.sub(w, 2.5)), ERF_INV_MIDDLE));
  const scaled = () => F.mul(middle, x)();
  const withTails = () => {
    const tail = F.horner(F.keep(F.sub(F.sqrt(w), 3)), ERF_INV_TAIL);
    const p = F.select(isMiddle, middle, tail);
    F.select(F.eq(F.abs(x), 1), F.mul(x, Infinity), F.mul(p, x))();
  };
  return () => f.get(isMiddle).op("i32x4.all_true").if(scaled, withTails, "v128");
});

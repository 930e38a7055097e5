/** @file erf, its inverse, and tanh: quotients of polynomials. */
import { log } from "./logarithm.ts";
import { called } from "./vector-function.ts";

/** tanh(x) = x P(x²) / Q(x²) up to where it is 1 in float32, from the highest power down. @see Eigen's ptanh */
const TANH_P = [
  -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8,
  1.48572235717979e-5, 6.37261928875436e-4, 4.89352455891786e-3,
];
const TANH_Q = [1.19825839466702e-6, 1.18534705686654e-4, 2.268434632439e-3, 4.89352518554385e-3];
const TANH_SATURATION = 7.90531110763549805;

/** erf(x) = x P(x²) / Q(x²), as XLA. */
const ERF_P = [0.00022905065, 0.003408291, 0.050955694, 0.18520832, 1.1283791];
const ERF_Q = [-1.1791603e-7, 0.000023547966, 0.0010179626, 0.01407047, 0.11098505, 0.49746925, 1];
const ERF_SATURATION = 3.8325069;

/** erfinv(x) = x P(w), w = -log(1 - x²), in the middle and in the tails. @see Giles 2012 */
const ERF_INV_MIDDLE = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
];
const ERF_INV_TAIL = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
  1.00167406, 2.83297682,
];

export const tanh = called("tanh", 1, ({ F }, x) => {
  const t = F.keep(F.atLeast(F.atMost(x, TANH_SATURATION), -TANH_SATURATION));
  const z = F.keep(F.mul(t, t));
  const value = F.div(F.mul(t, F.horner(z, TANH_P)), F.horner(z, TANH_Q));
  return F.select(F.lt(F.abs(x), 4e-4), x, value);
});

export const erf = called("erf", 1, ({ F }, x) => {
  const t = F.keep(F.atLeast(F.atMost(x, ERF_SATURATION), -ERF_SATURATION));
  const z = F.keep(F.mul(t, t));
  return F.div(F.mul(t, F.horner(z, ERF_P)), F.horner(z, ERF_Q));
});

/** Rounded as XLA's: x² before the logarithm, which decides the tails. */
export const erfInv = called("erfInv", 1, ({ F, I, call }, x) => {
  const w = F.keep(F.neg(call(log, F.sub(1, F.keep(F.mul(x, x))))));
  const middle = F.horner(F.keep(F.sub(w, 2.5)), ERF_INV_MIDDLE);
  const tail = F.horner(F.keep(F.sub(F.sqrt(w), 3)), ERF_INV_TAIL);
  const p = F.select(I.keep(F.lt(w, 5)), middle, tail);
  return F.select(F.eq(F.abs(x), 1), F.mul(x, Infinity), F.mul(p, x));
});

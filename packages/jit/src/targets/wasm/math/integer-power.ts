/** @file Powers of integers. */
import { called } from "./vector-function.ts";

/**
 * x^y of int32, modulo 2^32. A negative exponent gives the quotient rounded towards zero: 0 but for 1 and -1, and 0
 * of 0, where there is none.
 */
export const powInt = called("powInt", 2, ({ f, I }, x, y) => {
  const negative = I.keep(I.lt(y, 0));
  const odd = I.keep(I.eq(I.and(y, 1), 1));
  const [result, factor, rest] = [I.keep(1), I.keep(x), I.keep(I.without(y, negative))];
  f.block((done) => {
    f.loop((again) => {
      f.get(rest).op("v128.any_true").op("i32.eqz").brIf(done);
      const isSet = I.eq(I.and(rest, 1), 1);
      I.put(I.select(isSet, I.mul(result, factor), result));
      f.set(result);
      I.put(I.mul(factor, factor));
      f.set(factor);
      I.put(I.shrUnsigned(rest, 1));
      f.set(rest).br(again);
    });
  });
  const ofUnits = I.select(I.eq(x, 1), 1, I.and(I.eq(x, -1), I.select(odd, -1, 1)));
  return I.select(negative, ofUnits, result);
});

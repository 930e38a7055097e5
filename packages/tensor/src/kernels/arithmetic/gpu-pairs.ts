/** @file Functions of two floats that the GPU code in TensorFlow.js gets wrong at zeros, infinities and near quotients. */
import * as tf from "@tensorflow/tfjs-core";
import { LARGEST, type Shader } from "./shaders.ts";

const PAIR = ["a", "b"] as const;

const isInfinite = (x: string) => `abs(${x}) > ${LARGEST}`;
/** Beyond 2^23 there are no halves, and of an infinity some renderers have no floor. */
const isWhole = (x: string) => `(abs(${x}) >= 8388608.0 || floor(${x}) == ${x})`;
const isOdd = (x: string) => `(${isWhole(x)} && abs(${x}) < 16777216.0 && floor(0.5 * ${x}) * 2.0 != ${x})`;

/** By kernel name: definitions, the last of which is `pair(a, b)`. */
const CODE: Readonly<Record<string, (shader: Shader) => readonly string[]>> = {
  [tf.Atan2]: ({ define, pick, nan, isNegative }) => [
    define("ratio", pick("b == 0.0", "0.0", pick(isInfinite("a"), "1.0", "a / b")), PAIR),
    // Of sizes, of which one may be infinite.
    define("angle", pick("a <= b", "atan(ratio(a, b))", "1.5707963267948966 - atan(ratio(b, a))"), PAIR),
    define(
      "upper",
      pick(isNegative("b"), "3.141592653589793 - angle(abs(a), abs(b))", "angle(abs(a), abs(b))"),
      PAIR,
    ),
    define(
      "pair",
      pick("isnan(a) || isnan(b)", nan, pick(isNegative("a"), "-upper(a, b)", "upper(a, b)")),
      PAIR,
    ),
  ],
  // What is divided leaves no remainder, so that the quotient is near a whole number.
  [tf.FloorDiv]: ({ define, pick, remainder }) => [
    remainder,
    define("sideOf", pick("a != 0.0 && (a < 0.0) != (b < 0.0)", "-1.0", "0.0"), PAIR),
    define("pair", pick(isInfinite("b"), "sideOf(a, b)", "floor((a - remainder(a, b)) / b + 0.5)"), PAIR),
  ],
  [tf.Mod]: ({ define, remainder }) => [remainder, define("pair", "remainder(a, b)", PAIR)],
  [tf.Pow]: ({ define, pick, nan, infinity, isNegative }) => [
    define("finitePower", pick("x >= 128.0", infinity, pick("x <= -150.0", "0.0", "pow(a, b)")), [
      ...PAIR,
      "x",
    ]),
    // Of a size that is neither NaN nor 1, and an exponent that is neither NaN nor 0.
    define(
      "sizeOfPower",
      pick(
        isInfinite("b"),
        pick("(a > 1.0) == (b > 0.0)", infinity, "0.0"),
        pick(
          `a == 0.0 || ${isInfinite("a")}`,
          pick("(a == 0.0) == (b > 0.0)", "0.0", infinity),
          "finitePower(a, b, b * log2(a))",
        ),
      ),
      PAIR,
    ),
    define("power", pick("a == 1.0", "1.0", "sizeOfPower(a, b)"), PAIR),
    define(
      "signed",
      pick(`${isOdd("b")} && ${isNegative("a")}`, "-power(abs(a), b)", "power(abs(a), b)"),
      PAIR,
    ),
    define("root", pick(`a < 0.0 && !${isWhole("b")} && !(${isInfinite("a")})`, nan, "signed(a, b)"), PAIR),
    define(
      "pair",
      pick(
        "isnan(b)",
        pick("!isnan(a) && a == 1.0", "1.0", nan),
        pick("b == 0.0", "1.0", pick("isnan(a)", nan, "root(a, b)")),
      ),
      PAIR,
    ),
  ],
  [tf.Prelu]: ({ define, pick }) => [define("pair", pick("a < 0.0", "a * b", "a"), PAIR)],
};

/** Definitions, the last of which is the function `pair` of a kernel of two operands. */
export function pairCode(shader: Shader, kernelName: string): string {
  return CODE[kernelName]!(shader).join("\n");
}

/** GLSL of `pair` for powers of integers, exact as far as float32 holds them. */
export const INTEGER_POWER_GLSL = `
  float pair(float a, float b) {
    if (b < 0.0) return abs(a) == 1.0 ? (floor(0.5 * b) * 2.0 == b ? 1.0 : a) : 0.0;
    float result = 1.0;
    float square = a;
    float rest = b;
    for (int i = 0; i < 32; i++) {
      if (rest < 1.0) break;
      float lower = floor(0.5 * rest);
      if (2.0 * lower != rest) result *= square;
      square *= square;
      rest = lower;
    }
    return result;
  }
`;

/** @file The words in which GLSL and WGSL differ, for functions that are written once for both. */

/** How one of the two languages says it. */
export interface Shader {
  /** A function of floats, `x` unless other names are given. */
  define: (name: string, expression: string, parameters?: readonly string[]) => string;
  /** `yes` where `condition`, else `no`; both are computed. */
  pick: (condition: string, yes: string, no: string) => string;
  nan: string;
  /** Neither language has a constant for it. */
  infinity: string;
  /** Whether a number is below 0, or the zero with the sign. */
  isNegative: (x: string) => string;
  /** `remainder(a, b)` with the sign of `b`, exactly, by subtracting what `b` is doubled to. */
  remainder: string;
}

/** The largest float32; what is above is infinite. */
export const LARGEST = "3.4028234e38";

/** From the largest doubling of `b` to the smallest there are so many steps at most. */
const STEPS = 280;

export const WGSL: Shader = {
  define: (name, expression, parameters = ["x"]) =>
    `fn ${name}(${parameters.map((each) => `${each} : f32`).join(", ")}) -> f32 { return ${expression}; }`,
  pick: (condition, yes, no) => `select(${no}, ${yes}, ${condition})`,
  nan: "uniforms.NAN",
  infinity: "uniforms.INFINITY",
  isNegative: (x) => `((bitcast<u32>(${x}) >> 31u) == 1u)`,
  remainder: `
    fn remainder(a : f32, b : f32) -> f32 {
      let size = abs(b);
      var rest = abs(a);
      if (isnan(a) || isnan(b) || size == 0.0 || rest > ${LARGEST}) { return uniforms.NAN; }
      if (size <= ${LARGEST}) {
        var step = size;
        for (var i = 0; i < ${STEPS} && step <= 0.5 * rest; i++) { step = 2.0 * step; }
        for (var i = 0; i < ${STEPS} && step >= size; i++) {
          if (rest >= step) { rest = rest - step; }
          step = 0.5 * step;
        }
      }
      let isTurned = rest != 0.0 && (a < 0.0) != (b < 0.0);
      return select(rest, -rest, a < 0.0) + select(0.0, b, isTurned);
    }
  `,
};

export const GLSL: Shader = {
  define: (name, expression, parameters = ["x"]) =>
    `float ${name}(${parameters.map((each) => `float ${each}`).join(", ")}) { return ${expression}; }`,
  pick: (condition, yes, no) => `((${condition}) ? (${yes}) : (${no}))`,
  nan: "NAN",
  infinity: "infinity",
  isNegative: (x) => `(${x} < 0.0 || (${x} == 0.0 && 1.0 / ${x} < 0.0))`,
  remainder: `
    float remainder(float a, float b) {
      float size = abs(b);
      float rest = abs(a);
      if (isnan(a) || isnan(b) || size == 0.0 || rest > ${LARGEST}) return NAN;
      if (size <= ${LARGEST}) {
        float step = size;
        for (int i = 0; i < ${STEPS}; i++) {
          if (step > 0.5 * rest) break;
          step = 2.0 * step;
        }
        for (int i = 0; i < ${STEPS}; i++) {
          if (step < size) break;
          if (rest >= step) rest = rest - step;
          step = 0.5 * step;
        }
      }
      bool isTurned = rest != 0.0 && (a < 0.0) != (b < 0.0);
      return (a < 0.0 ? -rest : rest) + (isTurned ? b : 0.0);
    }
  `,
};

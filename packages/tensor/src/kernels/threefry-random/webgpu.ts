/** @file ThreefryRandom in WGSL. */
import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Distribution } from "../shapes.ts";
import { integerSpan, SQRT2, truncation } from "../threefry/distributions.ts";
import { ERF_INV_WGSL, LOGARITHM_WGSL, UNIT_WGSL } from "../threefry/distributions.wgsl.ts";
import { FUSED_UNIFORM_WGSL, fusedUniform } from "../threefry/fused-uniform.ts";
import { THREEFRY_WGSL } from "../threefry/threefry.wgsl.ts";
import { launch, type Uniform } from "../webgpu/launch.ts";
import { webGpuKernel } from "../webgpu/kernel.ts";

export const randomOnWebGpu = webGpuKernel(
  "ThreefryRandom",
  (backend, { key }, { distribution, parameters }, output) => {
    const { name = distribution, library = "", value, uniforms } = rules[distribution](...parameters);
    return launch(backend, {
      name: `random_${name}`,
      library: THREEFRY_WGSL + UNIT_WGSL + library,
      body: `
      let at = 2 * (index / uniforms.length);
      let count = index % uniforms.length;
      let k = words(key[at], key[at + 1]);
      ${value.includes("bits") ? "let bits = randomBits(k, count);" : ""}
      result[index] = ${value};
    `,
      inputs: { key },
      uniforms: { ...uniforms, length: { type: "i32", data: lengthOf(key, output.shape) } },
      output,
    });
  },
);

/** How many numbers each key draws. */
function lengthOf(key: TensorInfo, shape: readonly number[]): number {
  return Math.max(1, util.sizeFromShape(shape.slice(key.shape.length - 1)));
}

interface Rule {
  /** Names the code where a distribution has several. */
  name?: string;
  library?: string;
  /** WGSL expression of `bits`, or of `k` and `count`. */
  value: string;
  uniforms?: Record<string, Uniform>;
}

const rules: Record<Distribution, (...parameters: number[]) => Rule> = {
  bits: () => ({ value: "bitcast<i32>(bits)" }),
  uniform: (minval = 0, maxval = 1) => {
    const low = Math.fround(minval);
    const span = Math.fround(Math.fround(maxval) - low);
    if (low === 0) {
      return { name: "uniform_from_0", value: "unit(bits) * uniforms.span", uniforms: { span: f32(span) } };
    }
    return { library: FUSED_UNIFORM_WGSL, value: "uniformBetween(bits)", uniforms: fusedUniform(low, span) };
  },
  normal: () => ({ library: ERF_INV_WGSL, value: `${SQRT2} * erfInv(symmetric(bits))` }),
  truncatedNormal: (lower = -2, upper = 2) => {
    const { low, high, least, greatest } = truncation(lower, upper);
    const span = Math.fround(high - low);
    return {
      library:
        FUSED_UNIFORM_WGSL +
        ERF_INV_WGSL +
        `fn truncated(u : f32) -> f32 {
          if (abs(u) >= 1.0) { return select(uniforms.least, uniforms.greatest, u > 0.0); }
          return clamp(${SQRT2} * erfInv(u), uniforms.least, uniforms.greatest);
        }`,
      value: "truncated(uniformBetween(bits))",
      uniforms: { ...fusedUniform(low, span), least: f32(least), greatest: f32(greatest) },
    };
  },
  bernoulli: (p = 0.5) => ({
    value: "select(0, 1, unit(bits) < uniforms.p)",
    uniforms: { p: f32(p) },
  }),
  randint: (minval = 0, maxval = 1) => {
    const { span, multiplier } = integerSpan(minval, maxval);
    return {
      library: `
        fn remainder(word : u32) -> u32 {
          if (uniforms.span == 0u) { return word; }
          return word % uniforms.span;
        }
        fn integer(k : vec2<u32>, index : i32) -> i32 {
          let high = remainder(randomBits(threefry(k, vec2<u32>(0u, 0u)), index));
          let low = remainder(randomBits(threefry(k, vec2<u32>(0u, 1u)), index));
          return uniforms.minval + bitcast<i32>(remainder(high * uniforms.multiplier + low));
        }`,
      value: "integer(k, count)",
      uniforms: {
        span: { type: "u32", data: span },
        multiplier: { type: "u32", data: multiplier },
        minval: { type: "i32", data: minval },
      },
    };
  },
  gumbel: () => ({ library: LOGARITHM_WGSL, value: "-logarithm(-logarithm(positive(bits)))" }),
  exponential: () => ({ library: LOGARITHM_WGSL, value: "-logarithm(1.0 - unit(bits))" }),
  laplace: () => ({
    library: LOGARITHM_WGSL,
    value: "sign(symmetric(bits)) * logarithm(1.0 - abs(symmetric(bits)))",
  }),
  logistic: () => ({
    library: LOGARITHM_WGSL,
    value: "logarithm(positive(bits)) - logarithm(1.0 - positive(bits))",
  }),
};

function f32(data: number): Uniform {
  return { type: "f32", data };
}

/** @file IntegerPower on webgl: in JavaScript if the exponent is on the CPU side, else in GLSL. */
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import type * as tf from "@tensorflow/tfjs-core";
import { onHost, webgl } from "../hosts/webgl.ts";
import type { KernelSpecs } from "../shapes.ts";
import { integerPowerOnHost } from "./host.ts";
import { digitPowers } from "./powers.ts";

/** A texture holds integers as floats: exact up to 24 bits, 12 digits of 2 bits. */
const DIGITS = 12;

export const integerPowerOnWebGl: tf.KernelConfig = {
  kernelName: "IntegerPower",
  backendName: "webgl",
  kernelFunc: (call) => {
    // The registry erases the types that `runKernel` was called with.
    const backend = call.backend as MathBackendWebGL;
    const { exponent } = call.inputs as KernelSpecs["IntegerPower"]["inputs"];
    const attrs = call.attrs as KernelSpecs["IntegerPower"]["attrs"];
    if (onHost(backend, exponent)) {
      const [info, output] = webgl.make(backend, { shape: [], dtype: "float32" });
      integerPowerOnHost(output, { exponent: webgl.read(backend, exponent, "IntegerPower") }, attrs);
      return info;
    }
    const tables = digitPowers(attrs.base).slice(0, DIGITS);
    return backend.runWebGLProgram(PROGRAM, [exponent], "float32", tables);
  },
};

const PROGRAM = {
  variableNames: ["exponent"],
  outputShape: [],
  customUniforms: Array.from({ length: DIGITS }, (_, digit) => ({
    name: `table${digit}`,
    type: "vec4" as const,
  })),
  userCode: `
    float takeDigit(inout float e, vec4 table) {
      float rest = floor(e / 4.0);
      float digit = e - 4.0 * rest;
      e = rest;
      return digit < 0.5 ? table.x : digit < 1.5 ? table.y : digit < 2.5 ? table.z : table.w;
    }
    void main() {
      float e = floor(abs(getExponent()) + 0.5);
      float power = 1.0;
      ${Array.from({ length: DIGITS }, (_, digit) => `power *= takeDigit(e, table${digit});`).join("\n")}
      setOutput(getExponent() < 0.0 ? 1.0 / power : power);
    }
  `,
};

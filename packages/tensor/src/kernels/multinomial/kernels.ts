/** @file Draws of categories on each backend, from the same random numbers. */
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import type { Host, HostArray } from "../hosts/host.ts";
import { launch } from "../webgpu/launch.ts";
import { flat } from "../webgpu/strided.ts";
import { multinomialDraws } from "./draws.ts";

type Call = Parameters<tf.KernelFunc>[0];

interface Drawing {
  call: Call;
  /** `[batch, events]`. */
  probabilities: tf.TensorInfo;
  /** One for each of `[batch, numSamples]`. */
  draws: Float32Array;
  /** `[batch, numSamples]`. */
  shape: number[];
  events: number;
}

/** The kernel that draws by `draw`. */
function multinomial(backendName: string, draw: (drawing: Drawing) => tf.TensorInfo): tf.KernelFunc {
  return (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { logits } = call.inputs as { logits: tf.TensorInfo };
    const { numSamples, seed, normalized } = call.attrs as unknown as tf.MultinomialAttrs;
    const [batch = 0, events = 0] = logits.shape;
    const shape = [batch, numSamples];
    return compose(call.backend as tf.KernelBackend, backendName, (run) => {
      if (shape.includes(0) || events < 2) return run(tf.Fill, {}, { shape, value: 0, dtype: "int32" });
      const probabilities = normalized ? logits : run(tf.Softmax, { logits }, { dim: 1 });
      return draw({ call, probabilities, draws: multinomialDraws(seed, batch * numSamples), shape, events });
    });
  };
}

/** In JavaScript. */
export function multinomialOn(host: Host): tf.KernelFunc {
  return multinomial(host.backendName, ({ call, probabilities, draws, shape, events }) => {
    const [info, output] = host.make(call.backend, { shape, dtype: "int32" });
    const values = host.read(call.backend, probabilities, tf.Multinomial);
    const bounds = new Float32Array(events - 1);
    const samples = shape[1]!;
    draws.forEach((draw, i) => {
      if (i % samples === 0) cumulate(values, (i / samples) * events, bounds);
      const found = bounds.findIndex((bound) => draw < bound);
      // The last category is what is left.
      output[i] = found < 0 ? events - 1 : found;
    });
    return info;
  });
}

function cumulate(values: HostArray, start: number, bounds: Float32Array): void {
  let sum = 0;
  for (let i = 0; i < bounds.length; i++) {
    sum = Math.fround(sum + values[start + i]!);
    bounds[i] = sum;
  }
}

export const multinomialOnWebGpu = multinomial("webgpu", ({ call, probabilities, draws, shape, events }) => {
  const backend = call.backend as WebGPUBackend;
  const numbers = backend.makeTensorInfo([draws.length], "float32", draws);
  const drawn = launch(backend, {
    name: "multinomial",
    body: `
        let start = index / uniforms.samples * uniforms.events;
        var sum = 0.0;
        var category = 0;
        for (; category < uniforms.events - 1; category++) {
          sum += probabilities[start + category];
          if (draws[index] < sum) { break; }
        }
        result[index] = category;
      `,
    inputs: { probabilities: flat(probabilities), draws: numbers },
    uniforms: { samples: { type: "i32", data: shape[1]! }, events: { type: "i32", data: events } },
    output: { shape, dtype: "int32" },
  });
  backend.disposeData(numbers.dataId);
  return drawn;
});

export const multinomialOnWebGl = multinomial("webgl", ({ call, probabilities, draws, shape, events }) => {
  const backend = call.backend as MathBackendWebGL;
  const numbers = backend.makeTensorInfo(shape, "float32", draws);
  const program = {
    variableNames: ["probabilities", "draws"],
    outputShape: shape,
    userCode: `
      void main() {
        ivec2 at = getOutputCoords();
        float draw = getDraws(at.x, at.y);
        float sum = 0.0;
        int category = 0;
        for (int i = 0; i < ${events - 1}; i++) {
          sum += getProbabilities(at.x, i);
          if (draw < sum) break;
          category = i + 1;
        }
        setOutput(float(category));
      }
    `,
  };
  const drawn = backend.runWebGLProgram(program, [probabilities, numbers], "int32");
  backend.disposeIntermediateTensorInfo(numbers);
  return drawn;
});

/** @file The cpu backend's TensorScatterUpdate writes into its own input; this gives it a copy to write to. */
import * as tf from "@tensorflow/tfjs-core";
import { cpu } from "../hosts/cpu.ts";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces cpu's TensorScatterUpdate, whose output and input would be the same array. */
export const cpuTensorScatterUpdate: readonly ReplacedKernel[] = [
  [
    tf.TensorScatterUpdate,
    (original) => (call) => {
      // TensorScatterUpdate writes over its input `tensor`.
      const tensor = call.inputs["tensor"] as tf.TensorInfo;
      const [copy, values] = cpu.make(call.backend, tensor);
      values.set(cpu.read(call.backend, tensor, tf.TensorScatterUpdate));
      const output = original({ ...call, inputs: { ...call.inputs, tensor: copy } });
      (call.backend as tf.KernelBackend).disposeData(copy.dataId);
      return output;
    },
  ],
];

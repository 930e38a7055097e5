/** @file Lets GPU backends compute small tensors on the GPU too, which they would else do on the CPU, exactly. */
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, inject } from "vitest";

const FLAGS: Partial<Record<string, string>> = { webgl: "WEBGL_CPU_FORWARD", webgpu: "WEBGPU_CPU_FORWARD" };

/** For all tests of a file. */
export function computeOnDevice(): void {
  const flag = FLAGS[inject("backend")];
  if (!flag) return;
  let before = true;
  beforeAll(() => {
    before = tf.env().getBool(flag);
    tf.env().set(flag, false);
  });
  afterAll(() => tf.env().set(flag, before));
}

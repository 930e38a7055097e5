/** @file Runs a case and says whether the kernel gave what it must. */
import * as tf from "@tensorflow/tfjs-core";
import type { Plain } from "./array.ts";
import type { Case } from "./case.ts";
import { type Answer, difference } from "./compare.ts";

/** What came of a case. */
export interface Outcome {
  /** `refused`: an error that says that there is no code for it. */
  readonly kind: "right" | "wrong" | "refused";
  /** What is wrong. */
  readonly reason?: string;
}

/** Inputs as a kernel takes them. */
export type Inputs = Record<string, tf.Tensor> | tf.Tensor[];

/** How kernels are run. */
export interface Runner {
  run(kernelName: string, inputs: Inputs, attrs: Record<string, unknown>): tf.Tensor[];
  /** Whether an error means that there is no code for the case. */
  isRefusal?(error: unknown): boolean;
  readonly onGpu: boolean;
  /** Whether integers beyond 2^24 are not rounded: webgl keeps int32 in float32. */
  readonly keepsIntegers: boolean;
  /** Whether inputs are read back to see that they are what they were, and buffers are counted. */
  readonly checksInputs: boolean;
}

/** Runs a kernel of the active backend. */
export function runKernel(kernelName: string, inputs: Inputs, attrs: Record<string, unknown>): tf.Tensor[] {
  // A list is what some kernels take in truth, under the type of a map; attributes are plain data.
  const result = tf
    .engine()
    .runKernel<tf.Tensor | tf.Tensor[]>(kernelName, inputs as tf.NamedTensorMap, attrs as tf.NamedAttrMap);
  return [result].flat();
}

/** The active backend. */
export function eager(): Runner {
  const onGpu = ["webgl", "webgpu"].includes(tf.getBackend());
  return { run: runKernel, onGpu, keepsIntegers: tf.getBackend() !== "webgl", checksInputs: !onGpu };
}

/** Runs `each` and compares its results with the oracle's. */
export async function runCase(kernelName: string, each: Case, runner: Runner): Promise<Outcome> {
  const buffers = tf.engine().memory().numDataBuffers;
  const plain = each.inputs;
  const originals: Plain[] = Object.values(plain);
  let tensors: tf.Tensor[] = [];
  let outputs: tf.Tensor[] = [];
  try {
    const inputs: Inputs = isList(plain)
      ? plain.map(toTensor)
      : Object.fromEntries(Object.entries(plain).map(([name, x]) => [name, toTensor(x)]));
    tensors = Object.values(inputs);
    outputs = runner.run(kernelName, inputs, copyOf(each.attrs ?? {}) as Record<string, unknown>);
    const expected = [each.want()].flat();
    if (outputs.length !== expected.length) {
      return wrong(`gives ${outputs.length} results, expected ${expected.length}`);
    }
    for (const [i, output] of outputs.entries()) {
      const nameOf = elementwiseName(originals, expected[i]!);
      const problem = difference(await read(output), expected[i]!, each, runner, nameOf);
      if (problem) return wrong(outputs.length > 1 ? `result ${i} ${problem}` : problem);
    }
    if (runner.checksInputs) {
      for (const [i, tensor] of tensors.entries()) {
        const problem = difference(await read(tensor), originals[i]!, {}, runner);
        if (problem) return wrong(`writes to input ${i}: ${problem}`);
      }
      tf.dispose([...outputs, ...tensors]);
      const left = tf.engine().memory().numDataBuffers - buffers;
      if (left !== 0) return wrong(`leaves ${left} buffers behind`);
    }
    return { kind: "right" };
  } catch (error) {
    if (runner.isRefusal?.(error)) return { kind: "refused", reason: firstLine(error) };
    return wrong(`throws ${firstLine(error)}`);
  } finally {
    release([...outputs, ...tensors]);
  }
}

/** Of what an element was computed, where that are the elements at the same place. */
function elementwiseName(inputs: readonly Plain[], output: Plain): ((place: number) => string) | undefined {
  const shape = output.shape.join();
  if (inputs.length === 0 || inputs.some((input) => input.shape.join() !== shape)) return undefined;
  return (place) => `for ${inputs.map(({ values }) => String(values[place])).join(" and ")}`;
}

/** A kernel that wrote outside its memory may have broken what keeps count of it. */
function release(tensors: readonly tf.Tensor[]): void {
  try {
    tf.dispose([...tensors]);
  } catch {
    // Whoever runs cases makes the backend anew after such a kernel.
  }
}

/** Makes the active backend anew: what a kernel wrote to where it must not is gone. */
export async function renewBackend(): Promise<void> {
  const name = tf.getBackend();
  const factory = tf.findBackendFactory(name);
  // Its heap may be in disorder.
  tf.backend().dispose = () => {};
  tf.removeBackend(name);
  tf.registerBackend(name, factory);
  await tf.setBackend(name);
}

/** A copy of plain data: a kernel may change its attributes. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copyOf(part)]));
}

function isList(inputs: Case["inputs"]): inputs is readonly Plain[] {
  return Array.isArray(inputs);
}

function wrong(reason: string): Outcome {
  return { kind: "wrong", reason };
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split("\n")[0]!.slice(0, 160);
}

function toTensor({ dtype, shape, values }: Plain): tf.Tensor {
  const typed = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype].from(values);
  return tf.tensor(typed, [...shape], dtype);
}

async function read(tensor: tf.Tensor): Promise<Answer> {
  // An error of a shape that is not a list of numbers would come from the depths of TensorFlow.js.
  const values = tensor.size === 0 ? [] : await tensor.data();
  return { dtype: tensor.dtype, shape: tensor.shape, values };
}

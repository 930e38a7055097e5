/** @file Reads the tensors of a file and makes of them the values of leaves; nothing is written yet. */
import { InvalidArgumentError, isVariable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { TensorFile, TensorInfo } from "../tensor-file.ts";
import { difference, type Fit, type Misfit, type Step } from "./fit.ts";
import type { Leaf } from "./leaves.ts";
import { mismatchError, type Scene } from "./mismatch.ts";
import { type ReadAhead, readAhead } from "./read-ahead.ts";

/** What a {@link Transform} is told of a tensor beside its name. */
export interface TransformInfo {
  /** The shape that the model needs the tensor to have in the file's layout. */
  readonly shape: readonly number[];
  /** The dtype that the tensor has in the file. */
  readonly dtype: TensorInfo["dtype"];
}

/**
 * Changes a tensor of a file before it is compared with the model; answers it, or another one. It is called with the
 * name after `rename`, inside `tf.tidy`, once for each tensor that is loaded.
 */
export type Transform = (tensor: tf.Tensor, name: string, info: TransformInfo) => tf.Tensor;

/** What reading needs to know. */
export interface Reading {
  readonly file: TensorFile;
  readonly transform: Transform | undefined;
  /** For errors. */
  readonly scene: Scene;
}

/**
 * The values of all leaves that a fit writes. They are the caller's.
 *
 * @throws CheckpointMismatchError when the tensors do not fit after all; what was read is freed, as it is after every
 *   other failure
 */
export async function readValues(fit: Fit, reading: Reading): Promise<Map<Leaf, tf.Tensor>> {
  const values = new Map<Leaf, tf.Tensor>();
  const misfits: Misfit[] = [];
  const steps = inFileOrder(fit.steps, reading.file);
  const ahead = readAhead(
    reading.file,
    steps.flatMap(({ link }) => link.parts.map(({ name }) => name)),
  );
  try {
    for (const step of steps) await readStep(step, { ...reading, ahead }, values, misfits);
    if (misfits.length > 0) throw mismatchError({ ...fit, missing: [], unexpected: [], valueless: [], misshapen: misfits }, reading.scene); // prettier-ignore
    return values;
  } catch (error) {
    tf.dispose([...values.values()]);
    throw error;
  } finally {
    await ahead.stop();
  }
}

/** As the file has them, so that it is read from front to end. */
function inFileOrder(steps: readonly Step[], { names }: TensorFile): Step[] {
  const order = new Map(names.map((name, i) => [name, i]));
  const place = ({ link }: Step) => order.get(link.parts[0]?.name ?? "") ?? 0;
  return [...steps].sort((a, b) => place(a) - place(b));
}

/** Reads the tensors of one link; adds the values of its leaves, or what is wrong with them. */
async function readStep(
  { link, targets }: Step,
  { file, ahead, transform, scene }: Reading & { readonly ahead: ReadAhead },
  values: Map<Leaf, tf.Tensor>,
  misfits: Misfit[],
): Promise<void> {
  const dtype = targets.find((leaf) => leaf !== undefined)!.value.dtype;
  const parts: tf.Tensor[] = [];
  const wrong: Misfit[] = [];
  try {
    for (const { name, shape } of link.parts) {
      const read = await ahead.tensor(name);
      parts.push(read);
      if (transform) {
        const changed = transformed(read, name, { shape, dtype: file.info(name).dtype }, transform);
        if (changed !== read) read.dispose();
        parts[parts.length - 1] = changed;
      }
      const text = difference({ shape: [...shape], dtype }, parts.at(-1)!);
      if (text !== undefined) wrong.push({ name, text });
    }
    const refusal = wrong.length > 0 ? undefined : await link.refuses?.(parts);
    if (refusal !== undefined) wrong.push({ name: link.parts[0]!.name, text: refusal });
    misfits.push(...wrong);
    if (misfits.length > 0) return;
    const made = tf.tidy(() => link.toModel(parts));
    try {
      for (const [i, leaf] of targets.entries()) {
        if (!leaf) continue;
        const value = made[i]!;
        assertMade(value, leaf, scene.layout.name);
        // Several leaves may share one tensor, and so may a leaf and a part.
        values.get(leaf)?.dispose();
        values.set(leaf, tf.keep(value.clone()));
      }
    } finally {
      tf.dispose(made);
    }
  } finally {
    tf.dispose(parts);
  }
}

function transformed(tensor: tf.Tensor, name: string, info: TransformInfo, transform: Transform): tf.Tensor {
  const result = tf.tidy(() => {
    const changed: unknown = transform(tensor, name, info);
    // What it answers may be somebody's own, the present value of a Variable for instance.
    if (changed instanceof tf.Tensor && !changed.isDisposed)
      return changed === tensor ? tensor : changed.clone();
    const found = changed instanceof Promise ? "a promise" : changed instanceof tf.Tensor ? "a disposed one" : typeof changed; // prettier-ignore
    throw new InvalidArgumentError(
      `loadModel: expected a tensor from transform for ${name}, got ${found}. Answer what it is given where nothing ` +
        `changes: transform: (tensor, name) => (name === "…" ? tf.cast(tensor, "float32") : tensor).`,
    );
  });
  return result;
}

function assertMade(value: tf.Tensor | undefined, { path, value: leaf }: Leaf, layout: string): void {
  if (value && value.dtype === leaf.dtype && value.shape.join() === leaf.shape.join()) return;
  const found = value ? `${value.dtype}[${value.shape.join(", ")}]` : "nothing";
  throw new Error(
    `internal: the layout ${layout} makes ${found} for ${path.join(".")}, ${isVariable(leaf) ? "a Variable" : "a tensor"} ` +
      `of ${leaf.dtype}[${leaf.shape.join(", ")}].`,
  );
}

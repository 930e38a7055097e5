/** @file Elementwise kernels in JavaScript, with broadcasting, for the backends whose values it can reach. */
import * as tf from "@tensorflow/tfjs-core";
import type { Host, HostArray } from "../hosts/host.ts";
import { broadcastStrides, eachRow } from "../strided/walk.ts";

/** The inputs of a kernel of two operands. */
export interface Operands {
  a: tf.TensorInfo;
  b: tf.TensorInfo;
}

/** Of each element of `x`; int32 holds the lowest 32 bits of the result's whole part, bool whether that is not 0. */
export function mapOn(
  host: Host,
  backend: object,
  x: tf.TensorInfo,
  dtype: tf.DataType,
  f: (x: number) => number,
): tf.TensorInfo {
  // Made before the input is read: it may grow wasm's heap, which cuts off views of it.
  const [info, output] = host.make(backend, { shape: x.shape, dtype });
  const values = host.read(backend, x, "");
  const g = dtype === "bool" ? (value: number) => truth(f(value)) : f;
  for (let i = 0; i < output.length; i++) output[i] = g(values[i]!);
  return info;
}

/** Of each pair of elements of the broadcast operands. */
export function combineOn(
  host: Host,
  backend: object,
  { a, b }: Operands,
  dtype: tf.DataType,
  f: (a: number, b: number) => number,
): tf.TensorInfo {
  const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const [info, output] = host.make(backend, { shape, dtype });
  const [first, second] = [host.read(backend, a, ""), host.read(backend, b, "")];
  const g = dtype === "bool" ? (x: number, y: number) => truth(f(x, y)) : f;
  // One long row where nothing is broadcast along an axis but whole operands are.
  const isFlat = [a, b].every((x) => x.shape.length === 0 || tf.util.arraysEqual(x.shape, shape));
  const over = isFlat ? [output.length] : shape;
  const flat = ({ shape }: tf.TensorInfo) =>
    isFlat ? { start: 0, steps: [shape.length === 0 ? 0 : 1] } : broadcastStrides(shape, over);
  const [ofA, ofB] = [flat(a), flat(b)];
  const length = over.at(-1) ?? 1;
  const [stepA, stepB] = [ofA.steps.at(-1) ?? 0, ofB.steps.at(-1) ?? 0];
  eachRow(
    over,
    ofA,
    ofB,
    (start, startA, startB) =>
    combineRow({ output, start, length }, { values: first, start: startA, step: stepA }, { values: second, start: startB, step: stepB }, g), // prettier-ignore
  );
  return info;
}

function truth(x: number): number {
  return Number(Math.trunc(x) !== 0);
}

interface Row {
  values: HostArray;
  start: number;
  step: number;
}

function combineRow(
  { output, start, length }: { output: HostArray; start: number; length: number },
  a: Row,
  b: Row,
  f: (a: number, b: number) => number,
): void {
  for (let i = 0; i < length; i++) {
    output[start + i] = f(a.values[a.start + i * a.step]!, b.values[b.start + i * b.step]!);
  }
}

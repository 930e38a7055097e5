/** @file Numbers in WGSL. */
import type { Const } from "../../../expr/expr.ts";
import type { TaskWriter } from "../task.ts";

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

const LEAST_NORMAL = 2 ** -126;

/** The number of `expr`, exactly. */
export function constantCode(writer: TaskWriter, { lane, value }: Const): string {
  if (lane === "bool") return String(value !== 0);
  // The literal of the least integer is none.
  if (lane === "i32") return value === -(2 ** 31) ? "i32(-2147483648)" : `${value}i`;
  return floatCode(writer, value);
}

/** A float32. */
export function floatCode(writer: TaskWriter, value: number): string {
  float[0] = value;
  const magnitude = Math.abs(float[0]);
  const isLiteral = magnitude >= LEAST_NORMAL ? magnitude < Infinity : Object.is(float[0], 0);
  if (isLiteral) return `${float[0]}f`;
  writer.use("float_of");
  return `float_of(0x${word[0]!.toString(16)}u)`;
}

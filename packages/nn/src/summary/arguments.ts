/** @file What goes into and comes out of a method, as text. */
import { classNameOf } from "../class-name.ts";
import { abstractTensor } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { describeArray, describeVariable } from "../display/describe.ts";
import { isContainer, isPytree, isVariable } from "../graph/kinds.ts";
import type { ShapeDtype } from "../transforms/eval-shape.ts";

/** Whether `value` is a shape and dtype in place of a tensor. */
export function isShapeDtype(value: unknown): value is ShapeDtype {
  if (!isContainer(value) || Array.isArray(value) || value instanceof Map) return false;
  return Array.isArray(value["shape"]) && typeof value["dtype"] === "string";
}

/** `value` with a tensor for each shape and dtype, which runs on shapes alone. */
export function asAbstract(value: unknown): unknown {
  if (isShapeDtype(value)) return abstractTensor([...value.shape], value.dtype);
  if (Array.isArray(value)) return value.map(asAbstract);
  if (value instanceof Map || !isContainer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, asAbstract(item)]));
}

/** The arguments of a call: one as it is, several as a list. */
export function describeArguments(values: readonly unknown[]): string {
  const texts = values.map((value) => describe(value)).filter((text) => text !== "");
  return texts.length === 1 ? texts[0]! : texts.map((text) => item("- ", text)).join("\n");
}

/** `float32[1, 32]` for a tensor; several values line by line, as lists and `name: value`. */
export function describe(value: unknown): string {
  if (value === undefined) return "";
  if (value instanceof tf.Tensor) return describeArray(value);
  if (isShapeDtype(value)) return describeArray(value);
  if (isVariable(value)) return describeVariable(value);
  if (isPytree(value)) return `${classNameOf(value)}(…)`;
  if (Array.isArray(value)) return value.map((element) => item("- ", describe(element))).join("\n");
  if (typeof value === "function") return value.name || "function";
  if (!isContainer(value)) return typeof value === "string" ? JSON.stringify(value) : describeObject(value);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return entries
    .filter(([, element]) => element !== undefined)
    .map(([name, element]) => {
      const text = describe(element);
      return text.includes("\n") ? `${name}:\n${item("  ", text)}` : `${name}: ${text}`;
    })
    .join("\n");
}

function describeObject(value: unknown): string {
  return typeof value === "object" && value !== null ? `${classNameOf(value)}(…)` : String(value);
}

/** `text` with `mark` before its first line and as much space before the others. */
function item(mark: string, text: string): string {
  return mark + text.replaceAll("\n", `\n${" ".repeat(mark.length)}`);
}

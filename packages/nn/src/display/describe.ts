/** @file Sizes and short texts: `Param(float32[2, 4])`, `2.7 KB`. */
import type { Variable } from "../variable/variable.ts";

/** `float32[2, 4]`. */
export function describeArray(array: { dtype: string; shape: readonly number[] }): string {
  return `${array.dtype}[${array.shape.join(", ")}]`;
}

/** `Param(float32[2, 4])`, `Param(float32[2, 4], frozen)`; never reads the value. */
export function describeVariable(variable: Variable): string {
  return `${variable.constructor.name}(${describeArray(variable)}${variable.isFrozen ? ", frozen" : ""})`;
}

/** `1,234`. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** Bytes in decimal units with one decimal: `96 B`, `2.7 KB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let unit = 0;
  let value = bytes;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`;
}

/** Bytes of one element. */
export function bytesPerElement(dtype: string): number {
  return dtype === "bool" ? 1 : dtype === "complex64" ? 8 : 4;
}

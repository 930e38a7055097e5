/** @file Numbers and tables of numbers as MLIR writes them. */
import type { ElementType, TensorType } from "./operand.ts";

const word = new DataView(new ArrayBuffer(8));

/** A number as a literal of `type`, exactly. */
export function literal(value: number, type: ElementType): string {
  switch (type) {
    case "i1":
      return value === 0 ? "false" : "true";
    case "i32":
      return String(value | 0);
    case "ui32":
      return String(value >>> 0);
    case "f32":
      return floatText(Math.fround(value), () => {
        word.setFloat32(0, value);
        return word.getUint32(0).toString(16).toUpperCase().padStart(8, "0");
      });
    default:
      return floatText(value, () => {
        word.setFloat64(0, value);
        return word.getBigUint64(0).toString(16).toUpperCase().padStart(16, "0");
      });
  }
}

/** MLIR takes decimal numbers with a point, and the bits of those that have none. */
function floatText(value: number, bits: () => string): string {
  if (!Number.isFinite(value)) return `0x${bits()}`;
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  if (/^-?\d+$/.test(text)) return `${text}.0`;
  return text.includes("e") && !text.includes(".") ? text.replace("e", ".0e") : text;
}

/** Up to so many elements are written as numbers; more as the bytes that they are. */
const READABLE = 16;

/** Elements of a tensor, row-major, as the body of `dense<…>`. */
export function elementsText(elements: ArrayLike<number>, { shape, type }: TensorType): string {
  const size = elements.length;
  if (size === 0) return "";
  const first = elements[0]!;
  let isUniform = true;
  for (let i = 1; i < size && isUniform; i++) isUniform = Object.is(elements[i], first);
  if (isUniform) return literal(first, type);
  if (size <= READABLE || type === "i1") return nested(elements, shape, type);
  return `"0x${hexOf(elements, type)}"`;
}

function nested(elements: ArrayLike<number>, shape: readonly number[], type: ElementType): string {
  let items = Array.from({ length: elements.length }, (_, i) => literal(elements[i]!, type));
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis]!;
    items = Array.from(
      { length: items.length / length },
      (_, row) => `[${items.slice(row * length, (row + 1) * length).join(", ")}]`,
    );
  }
  return items[0]!;
}

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, "0"));

/** Little-endian, whatever this machine is. */
function hexOf(elements: ArrayLike<number>, type: ElementType): string {
  const view = new DataView(new ArrayBuffer((type === "f64" ? 8 : 4) * elements.length));
  for (let i = 0; i < elements.length; i++) {
    if (type === "f64") view.setFloat64(8 * i, elements[i]!, true);
    else if (type === "f32") view.setFloat32(4 * i, elements[i]!, true);
    else view.setInt32(4 * i, elements[i]!, true);
  }
  const parts: string[] = [];
  for (let i = 0; i < view.byteLength; i++) parts.push(BYTES[view.getUint8(i)]!);
  return parts.join("");
}

/** @file The dtypes of safetensors, and what they are in TensorFlow.js. */
import type { StoredDtype } from "../tensor-file.ts";

/** What is known of a dtype. */
export interface DtypeTraits {
  /** Bytes of an element. */
  readonly size: number;
  /** The dtype of its tensors in TensorFlow.js. */
  readonly tensor: "float32" | "int32" | "bool";
}

/** In the order in which the safetensors library writes tensors: that of its own list, from the end. */
export const DTYPES: ReadonlyMap<StoredDtype, DtypeTraits> = new Map([
  ["I64", { size: 8, tensor: "int32" }],
  ["F64", { size: 8, tensor: "float32" }],
  ["F32", { size: 4, tensor: "float32" }],
  ["U32", { size: 4, tensor: "int32" }],
  ["I32", { size: 4, tensor: "int32" }],
  ["BF16", { size: 2, tensor: "float32" }],
  ["F16", { size: 2, tensor: "float32" }],
  ["U16", { size: 2, tensor: "int32" }],
  ["I16", { size: 2, tensor: "int32" }],
  ["I8", { size: 1, tensor: "int32" }],
  ["U8", { size: 1, tensor: "int32" }],
  ["BOOL", { size: 1, tensor: "bool" }],
]);

/** Dtypes that safetensors has and this package does not read, each with what to save instead. */
const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ["U64", "torch.int64"],
  ["C64", "two tensors, of the real and the imaginary parts"],
  ["F8_E8M0", "torch.float32"],
  ["F8_E4M3", "torch.float16"],
  ["F8_E5M2", "torch.float16"],
  ["F8_E4M3FNUZ", "torch.float16"],
  ["F8_E5M2FNUZ", "torch.float16"],
  ["F6_E2M3", "torch.float16"],
  ["F6_E3M2", "torch.float16"],
  ["F4", "torch.float16"],
]);

/** Whether it is a dtype that can be read. */
export function isStoredDtype(name: string): name is StoredDtype {
  return DTYPES.has(name as StoredDtype);
}

/** Bytes of an element. */
export function sizeOf(dtype: StoredDtype): number {
  return DTYPES.get(dtype)!.size;
}

/** Why a dtype cannot be read, as the end of an error message. */
export function whyNot(name: string): string {
  const instead = UNSUPPORTED.get(name);
  const known = [...DTYPES.keys()].join(", ");
  if (instead === undefined) return `the dtype ${JSON.stringify(name)} is not one of safetensors: ${known}`;
  return `the dtype ${name} of safetensors has no counterpart in TensorFlow.js; save it as ${instead}. Read are ${known}`;
}

/** @file The dtypes for which a lowering gives what its kernel means. */
import type { Dtype } from "@nnx-js/nn/trace";

/** Which dtypes the inputs of a kernel may have. */
export interface Takes {
  /** Of the inputs that `named` does not name. */
  readonly all: readonly Dtype[];
  readonly named?: Readonly<Record<string, readonly Dtype[]>> | undefined;
  /** Whether the inputs that `named` does not name must have one dtype. */
  readonly alike?: boolean | undefined;
}

export const FLOAT = ["float32"] as const;
export const INT = ["int32"] as const;
export const BOOL = ["bool"] as const;
export const NUMBERS = ["float32", "int32"] as const;
export const ANY = ["float32", "int32", "bool"] as const;

/** What of `inputs` is not taken, in words such as `x of int32`; undefined if all is. */
export function refused(
  { all, named = {}, alike }: Takes,
  inputs: Readonly<Record<string, { readonly dtype: Dtype } | undefined>>,
): string | undefined {
  const free: Dtype[] = [];
  let isTaken = true;
  for (const name in inputs) {
    const dtype = inputs[name]?.dtype;
    if (dtype === undefined) continue;
    isTaken &&= (named[name] ?? all).includes(dtype);
    if (!(name in named)) free.push(dtype);
  }
  const isMixed = alike === true && free.some((dtype) => dtype !== free[0]);
  if (isTaken && !isMixed) return undefined;
  const given = Object.entries(inputs).flatMap(([name, input]) => (input ? [{ name, ...input }] : []));
  const wrong = given.filter(({ name, dtype }) => !(named[name] ?? all).includes(dtype));
  const words = wrong.length === 0 ? given.filter(({ name }) => !(name in named)) : wrong;
  return words.map(({ name, dtype }) => `${name} of ${dtype}`).join(" and ");
}

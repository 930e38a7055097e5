/** @file What this engine's WebAssembly has beyond what Node 20 has. */
import { ModuleBuilder } from "./module-builder.ts";

let fuses: boolean | undefined;

/**
 * Whether `relaxed_madd` is there and rounds once: some engines have it and round twice, where an addition of a product
 * says that for all threads and tiers alike. No other relaxed instruction is used: what some of them give depends on how
 * often the code has run.
 */
export function fusesMultiplyAdd(): boolean {
  fuses ??= computesFused(multiplyAddOfLanes());
  return fuses;
}

/** Squares `1 + 2^-12`, whose last term of three, `2^-24`, is lost when the product is rounded. */
function computesFused(code: Uint8Array<ArrayBuffer>): boolean {
  if (!WebAssembly.validate(code)) return false;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
  const multiplyAdd = exports["madd"] as (x: number, y: number, z: number) => number;
  return multiplyAdd(1 + 2 ** -12, 1 + 2 ** -12, -1 - 2 ** -11) === 2 ** -24;
}

function multiplyAddOfLanes(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  const { ref } = module.function("madd", { params: ["f32", "f32", "f32"], results: ["f32"] }, (f) => {
    for (const operand of f.params) f.get(operand).op("f32x4.splat");
    f.op("f32x4.relaxed_madd").lane("f32x4.extract_lane", 0);
  });
  module.exportFunction("madd", ref);
  return module.encode();
}

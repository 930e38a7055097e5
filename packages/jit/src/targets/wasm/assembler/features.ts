/** @file What this engine's WebAssembly has beyond what Node 20 has. */
import { ModuleBuilder } from "./module-builder.ts";

let relaxedSimd: boolean | undefined;

/** Whether the relaxed SIMD instructions are there, such as the fused multiply-add. */
export function supportsRelaxedSimd(): boolean {
  relaxedSimd ??= WebAssembly.validate(usesRelaxedMultiplyAdd());
  return relaxedSimd;
}

function usesRelaxedMultiplyAdd(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  const vector = ["v128", "v128", "v128"] as const;
  module.function("madd", { params: vector, results: ["v128"] }, (f) => {
    for (const operand of f.params) f.get(operand);
    f.op("f32x4.relaxed_madd");
  });
  return module.encode();
}

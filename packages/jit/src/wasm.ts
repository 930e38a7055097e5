/** @file The target `wasm`: importing this has `jit` compile for the CPU from the beginning. */
import { provide } from "./targets/loaded.ts";
import { wasm } from "./targets/wasm/target.ts";

provide(wasm);

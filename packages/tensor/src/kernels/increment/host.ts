/** @file Increment in JavaScript. */
import { type HostKernel, registerHostKernel } from "../host.ts";
import { cpu } from "../hosts/cpu.ts";
import { wasm } from "../hosts/wasm.ts";

/** Writes the next number; storing it wraps it to 32 bits. */
export const incrementOnHost: HostKernel<"Increment"> = (output, { count }) => {
  output[0] = count[0]! + 1;
};

registerHostKernel("Increment", incrementOnHost, [cpu, wasm]);

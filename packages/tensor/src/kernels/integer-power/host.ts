/** @file IntegerPower in JavaScript. */
import { registerHostKernel, type HostKernel } from "../host.ts";
import { cpu } from "../hosts/cpu.ts";
import { wasm } from "../hosts/wasm.ts";

/** Writes the power; storing it rounds it to float32. */
export const integerPowerOnHost: HostKernel<"IntegerPower"> = (output, { exponent }, { base }) => {
  output[0] = Math.fround(base) ** exponent[0]!;
};

registerHostKernel("IntegerPower", integerPowerOnHost, [cpu, wasm]);

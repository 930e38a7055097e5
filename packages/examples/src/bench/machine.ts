/** @file Where figures come from. */
import { availableParallelism, cpus } from "node:os";

/** The machine and the engine. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly node: string;
  readonly v8: string;
}

/** This one. */
export function thisMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown processor",
    cores: availableParallelism(),
    node: process.version,
    v8: process.versions.v8,
  };
}

/** The machine in one line. */
export function describeMachine({ processor, cores, node, v8 }: Machine): string {
  return `${cores} cores of ${processor}, Node ${node} (V8 ${v8})`;
}

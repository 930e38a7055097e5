/** @file The garbage collector, to be called when it suits. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** The function that collects all garbage. */
export function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

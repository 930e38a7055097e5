/** @file A fault as an error. */
import type { Fault } from "../../protocol/events.ts";

/** Thrown where an answer was expected; `fault` says what happened and what to do. */
export class FaultError extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.name = "FaultError";
    this.fault = fault;
  }
}

/** What `error` says as a fault: its own, or one without a known cause. */
export function faultOf(error: unknown): Fault {
  if (error instanceof FaultError) return error.fault;
  return {
    cause: "other",
    message: error instanceof Error ? error.message : String(error),
    repair: "Try again; if that does not help, start afresh.",
    isResumable: true,
  };
}

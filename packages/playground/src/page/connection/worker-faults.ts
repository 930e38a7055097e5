/** @file Faults of the worker itself, which it cannot tell. */
import type { Fault } from "../../protocol/events.ts";

const seconds = (ms: number) => `${Math.round(ms / 1000)} seconds`;

/** No sign of life. */
export function silentFault(ms: number): Fault {
  return {
    cause: "worker",
    message: `The worker that trains the model has not answered for ${seconds(ms)}: it was ended, or it hangs.`,
    repair: "Go on in a new worker, or wait: if it answers again, this message goes away.",
    isResumable: true,
  };
}

/** It lives, but did not do what it was asked. */
export function lateFault(what: string, ms: number): Fault {
  return {
    cause: "worker",
    message: `The worker did not ${what} within ${seconds(ms)}.`,
    repair: "Try again, go on from the last snapshot in a new worker, or choose another backend.",
    isResumable: true,
  };
}

/** Its script does not load, or threw outside of anything it was asked. */
export function brokenFault(message: string): Fault {
  return {
    cause: "worker",
    message: message ? `The worker failed: ${message}` : "The script of the worker did not load.",
    repair: message
      ? "Go on from the last snapshot in a new worker."
      : "See that the server still gives out the page's files and that no policy forbids workers (worker-src), then start the worker again.",
    isResumable: true,
  };
}

/** Ended on purpose, with questions open. */
export const CLOSED_FAULT: Fault = {
  cause: "worker",
  message: "The worker was ended before it answered.",
  repair: "Ask again when the new worker is ready.",
  isResumable: true,
};

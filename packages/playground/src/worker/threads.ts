/** @file Whether compiled programs may use threads. */
import type { BackendsEvent } from "../protocol/events.ts";

/** As many as compiled programs use at most. */
const MOST = 8;

/** How many threads compiled programs have here, and if it is one, why. */
export function threadsHere(): BackendsEvent["threads"] {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  if (typeof SharedArrayBuffer === "undefined" || crossOriginIsolated === false) {
    return {
      count: 1,
      reason:
        "the page is not cross-origin isolated: its server has to send Cross-Origin-Opener-Policy: same-origin and " +
        "Cross-Origin-Embedder-Policy: require-corp",
    };
  }
  const processors = globalThis.navigator?.hardwareConcurrency ?? 1;
  if (processors > 1) return { count: Math.min(MOST, processors), reason: null };
  return { count: 1, reason: "there is one processor" };
}

/** @file The worker: trains what the page asks for. */
import type { WorkerEvent } from "../protocol/events.ts";

const scope = globalThis as unknown as { postMessage(event: WorkerEvent): void };

scope.postMessage({ type: "alive" });

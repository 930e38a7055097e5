/** @file The worker's script, as a bundler finds it. */
import type { WorkerLike } from "./connection.ts";

/** Starts a worker. */
export function makeWorker(): WorkerLike {
  return new Worker(new URL("../../worker/main.ts", import.meta.url), { type: "module", name: "nnx" });
}

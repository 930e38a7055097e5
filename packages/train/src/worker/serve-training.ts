/** @file The worker's side: runs what a page starts, and ends it when the page says so. */
import { InvalidArgumentError } from "@nnx-js/nn";
import { checkFunction, found } from "../check.ts";
import type { EndEvent, Watcher } from "../loop/events.ts";
import { nodeModule } from "../watch/node.ts";
import { isMessage, type PageMessage, sent, type WorkerMessage } from "./messages.ts";

/** What a run in a worker is given, for `train`. */
export interface WorkerContext {
  /** Aborts when the page says so. */
  readonly signal: AbortSignal;
  /** Sends every event to the page. */
  readonly watch: Watcher;
}

/** Takes and sends messages: a worker's own scope, a port. */
export interface MessageEndpoint {
  /** Sends a copy of a message. */
  postMessage(message: unknown): void;
  /** Calls `listener` with every message. */
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  /** Begins to take messages, where that is needed. */
  start?(): void;
}

/**
 * Trains in a worker, for `trainInWorker` of a page:
 *
 * ```ts
 * // worker.ts
 * serveTraining(async (settings: Settings, { signal, watch }) => {
 *   await useBackend(["wasm", "cpu"]);
 *   return train({ data, step, state, checkpoint, signal, watch }).run();
 * });
 * ```
 *
 * What `run` throws is told to the page, with its name and stack.
 *
 * @param run gets the page's input, a copy; gives how the run has ended
 * @param port what the page listens to: the worker's own scope unless given, in Node its parent's port
 * @throws InvalidArgumentError outside of a worker
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the function says what the page sends it
export function serveTraining<Input>(
  run: (input: Input, context: WorkerContext) => EndEvent | Promise<EndEvent>,
  port: MessageEndpoint = ownPort(),
): void {
  checkFunction("serveTraining", "run", run ?? null);
  if (typeof (port as Partial<MessageEndpoint> | null)?.addEventListener !== "function") {
    throw new InvalidArgumentError(`serveTraining: port: expected a port of messages, got ${found(port)}.`);
  }
  const send = (message: WorkerMessage) => port.postMessage(message);
  let running: AbortController | undefined;

  const start = async ({ input, beat }: PageMessage & { training: "start" }): Promise<void> => {
    const controller = (running = new AbortController());
    const beats = setInterval(() => send({ training: "alive" }), beat);
    const watch: Watcher = { event: (event) => send({ training: "event", event }) };
    try {
      // The page has the types of its own worker.
      const end = await run(input as Input, { signal: controller.signal, watch });
      send({
        training: "done",
        end: {
          type: "end",
          step: end.step,
          epoch: end.epoch,
          reason: end.reason,
          ...(end.metrics && { metrics: end.metrics }),
        },
      });
    } catch (error) {
      send({ training: "failed", error: sent(error) });
    } finally {
      clearInterval(beats);
      running = undefined;
    }
  };

  port.addEventListener("message", ({ data }) => {
    if (!isMessage(data)) return;
    if (data.training === "abort") running?.abort();
    else if (data.training === "start" && !running) void start(data);
  });
  port.start?.();
  send({ training: "ready" });
}

function ownPort(): MessageEndpoint {
  const scope = globalThis as { WorkerGlobalScope?: unknown } & Partial<MessageEndpoint>;
  if (scope.WorkerGlobalScope !== undefined && scope.postMessage) return scope as MessageEndpoint;
  const parent: unknown = nodeModule("node:worker_threads")?.parentPort;
  if (parent) return parent as MessageEndpoint;
  throw new InvalidArgumentError(
    "serveTraining: expected to be called in a worker, got no worker's scope. Write it into the file that is given to " +
      'new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }).',
  );
}

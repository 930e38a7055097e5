/** @file Events for a page: what a worker tells. */
import { InvalidArgumentError } from "@nnx-js/nn";
import type { Watcher } from "../loop/events.ts";

/** What takes messages: a port, a `BroadcastChannel`, a worker's own scope. */
export interface EventPort {
  /** Sends a copy of a message. */
  postMessage(message: unknown): void;
}

/**
 * Sends every event as it is: a page listens to what a worker trains.
 *
 * ```ts
 * train({ step, data, watch: postEvents(new BroadcastChannel("training")) });
 * ```
 *
 * What `evaluate` gives has to be of a kind that can be sent: numbers, texts, arrays, plain objects.
 *
 * @throws InvalidArgumentError for what takes no messages
 */
export function postEvents(port: EventPort): Watcher {
  if (typeof (port as Partial<EventPort> | undefined | null)?.postMessage !== "function") {
    throw new InvalidArgumentError(
      `postEvents: expected an object with the method postMessage, got ${port === null ? "null" : typeof port}. ` +
        `Write postEvents(new BroadcastChannel("training")), in a worker postEvents(self).`,
    );
  }
  return { event: (event) => port.postMessage(event) };
}

/** @file A worker that says what a test lets it say. */
import type { Command } from "../../src/protocol/commands.ts";
import type { WorkerEvent } from "../../src/protocol/events.ts";
import type { WorkerLike } from "../../src/page/connection/connection.ts";

export class FakeWorker implements WorkerLike {
  readonly commands: Command[] = [];
  isTerminated = false;
  readonly #listeners: Record<string, ((event: never) => void)[]> = { message: [], error: [] };

  addEventListener(type: "message" | "error", listener: (event: never) => void): void {
    this.#listeners[type]!.push(listener);
  }

  postMessage(command: Command): void {
    this.commands.push(command);
  }

  terminate(): void {
    this.isTerminated = true;
  }

  say(event: WorkerEvent): void {
    for (const listener of this.#listeners["message"]!) listener({ data: event } as never);
  }

  throw(message: string): void {
    for (const listener of this.#listeners["error"]!) listener({ message } as never);
  }
}

/** @file What a page and the worker that trains for it tell each other. */
import type { EndEvent, TrainEvent } from "../loop/events.ts";

/** What the page says. */
export type PageMessage =
  | { readonly training: "start"; readonly input: unknown; readonly beat: number }
  | { readonly training: "abort" };

/** What the worker says. */
export type WorkerMessage =
  /** It has been loaded, and waits for a start. */
  | { readonly training: "ready" }
  /** It is there still. */
  | { readonly training: "alive" }
  | { readonly training: "event"; readonly event: TrainEvent }
  | { readonly training: "done"; readonly end: EndEvent }
  | { readonly training: "failed"; readonly error: SentError };

/** An error as a message: copies of errors lose their classes, names and codes. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
}

/** Whether something is a message of ours: apps send others, too. */
export function isMessage(data: unknown): data is PageMessage | WorkerMessage {
  return typeof data === "object" && data !== null && "training" in data && typeof data.training === "string";
}

/** An error, to be sent. */
export function sent(error: unknown): SentError {
  if (!(error instanceof Error))
    return { name: "Error", message: String(error), stack: undefined, code: undefined };
  const { name, message, stack, code } = error as Error & { code?: unknown };
  return { name, message, stack, code: typeof code === "string" ? code : undefined };
}

/** An error that was sent: with the name, the stack and the code that it had. */
export function received({ name, message, stack, code }: SentError): Error {
  const error = new Error(message);
  Object.defineProperty(error, "name", { value: name, configurable: true });
  if (stack !== undefined) Object.defineProperty(error, "stack", { value: stack, configurable: true });
  if (code !== undefined) Object.defineProperty(error, "code", { value: code, enumerable: true });
  return error;
}

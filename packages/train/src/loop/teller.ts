/** @file Tells handlers and watchers what happens. */
import { InvalidArgumentError } from "@nnx-js/nn";
import { checkFunction, checkNames, found } from "../check.ts";
import { isPromise } from "../data/awaitable.ts";
import type { TrainEvent, TrainHandlers, Watcher } from "./events.ts";

/** Who is told. */
interface Listeners {
  readonly on?: object | undefined;
  readonly watch?: Watcher | readonly Watcher[] | undefined;
}

const EVENTS = ["begin", "restore", "log", "evaluate", "checkpoint", "epoch", "plateau", "end"] as const satisfies (keyof TrainHandlers)[]; // prettier-ignore

/** Tells each event to all. */
export class Teller {
  private readonly handlers: Partial<Record<string, (event: TrainEvent) => unknown>>;
  private readonly watchers: readonly Watcher[];

  constructor({ on = {}, watch }: Listeners) {
    // Each handler is for the events of the type under which it stands.
    this.handlers = on;
    this.watchers = [watch ?? []].flat();
  }

  /** Promises are waited for; without any it costs nothing. */
  tell(event: TrainEvent): void | Promise<void> {
    const handler = this.handlers[event.type];
    if (!handler && this.watchers.length === 0) return;
    const promises: PromiseLike<unknown>[] = [];
    const note = (result: unknown) => void (isPromise(result) && promises.push(result));
    try {
      note(handler?.(event));
      for (const watcher of this.watchers) note(watcher.event(event));
    } catch (error) {
      // What others promised fails, if it does, unheard: one error ends the run.
      void Promise.allSettled(promises);
      throw error;
    }
    if (promises.length > 0) return Promise.all(promises).then(() => {});
  }

  /** Lets watchers go; gives what they throw. */
  async close(): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (const watcher of this.watchers) {
      try {
        await watcher.close?.();
      } catch (error) {
        failures.push(error);
      }
    }
    return failures;
  }
}

/** @throws InvalidArgumentError for what can be told nothing */
export function checkListeners(caller: string, on: unknown, watch: unknown): void {
  if (on !== undefined) {
    checkNames(`${caller}: on`, on, EVENTS, "on: { log: ({ step, metrics }) => console.log(step, metrics) }");
    for (const [name, handler] of Object.entries(on)) checkFunction(`${caller}: on`, name, handler);
  }
  for (const watcher of [watch ?? []].flat() as unknown[]) {
    const { event, close } = (watcher ?? {}) as Partial<Record<keyof Watcher, unknown>>;
    if (typeof event !== "function") {
      throw new InvalidArgumentError(
        `${caller}: watch: expected watchers, objects with the method event, got ${found(watcher)}.`,
      );
    }
    checkFunction(`${caller}: watch`, "close", close);
  }
}

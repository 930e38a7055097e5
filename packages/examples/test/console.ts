/** @file Captures what a piece of code prints. */
import { vi } from "vitest";

/** Starts to collect what `console.log` is given, one entry a call, until `stop` is called. */
export function captureConsole(): { printed: string[]; stop: () => void } {
  const printed: string[] = [];
  const spy = vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => {
    printed.push(values.map(String).join(" "));
  });
  return { printed, stop: () => spy.mockRestore() };
}

/** What `fn` printed, and what it returned. */
export function capture<T>(fn: () => T): { printed: string[]; result: T } {
  const { printed, stop } = captureConsole();
  try {
    return { result: fn(), printed };
  } finally {
    stop();
  }
}

/** @file Captures what a piece of code prints. */
import { vi } from "vitest";

/** The lines that `fn` gave to `console.log`, one entry a call, and what it returned. */
export function capture<T>(fn: () => T): { printed: string[]; result: T } {
  const printed: string[] = [];
  const spy = vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => {
    printed.push(values.map(String).join(" "));
  });
  try {
    return { result: fn(), printed };
  } finally {
    spy.mockRestore();
  }
}

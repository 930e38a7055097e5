/** @file Faults that the person has not dealt with. */
import { signal } from "@preact/signals";
import type { Fault } from "../../protocol/events.ts";

/** The newest first; of each cause and message one. */
export const faults = signal<readonly Fault[]>([]);

/** Shows a fault. */
export function report(fault: Fault): void {
  const others = faults.value.filter(({ message }) => message !== fault.message);
  faults.value = [fault, ...others].slice(0, 3);
}

/** Takes away one. */
export function dismiss(fault: Fault): void {
  faults.value = faults.value.filter((other) => other !== fault);
}

/** Takes away those of some causes, or all. */
export function dismissAll(...causes: Fault["cause"][]): void {
  faults.value = causes.length === 0 ? [] : faults.value.filter(({ cause }) => !causes.includes(cause));
}

/** @file What every program here does: all cases, or what is said where something is missing. */
import { runCases } from "./cases.mjs";
import { refused } from "./refused.mjs";

/** The report of what `plan` says; `refuse` asks for the latter. */
export function run({ refuse, ...plan }) {
  return refuse ? refused(plan) : runCases(plan);
}

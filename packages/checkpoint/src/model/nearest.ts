/** @file The name that another was meant to be. */
import { guesses } from "@nnx-js/nn";

/** Beyond this many, only names that end alike are compared. */
const MANY = 400;

/** The name of `candidates` that resembles `name`. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  // It is worded as a question.
  return guesses([name], alike(name, candidates))[0]?.replace(/^Did you mean ([\s\S]*)\?$/, "$1");
}

function alike(name: string, all: readonly string[]): readonly string[] {
  if (all.length <= MANY) return all;
  const last = name.slice(name.lastIndexOf("."));
  return all.filter((other) => other.endsWith(last)).slice(0, MANY);
}

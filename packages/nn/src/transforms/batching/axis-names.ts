/** @file The names of the lanes that code runs in. */
import { InvalidArgumentError } from "../../errors.ts";
import { guesses } from "../../near-miss.ts";
import type { Lanes } from "./rule.ts";

/** From the innermost to the outermost. */
let surrounding: readonly Lanes[] = [];

/** Runs `fn` as code of one lane. */
export function inLane<T>(lanes: Lanes, fn: () => T): T {
  const outer = surrounding;
  surrounding = [lanes, ...outer];
  try {
    return fn();
  } finally {
    surrounding = outer;
  }
}

/** Whether what runs is code of one lane. */
export function isInLane(): boolean {
  return surrounding.length > 0;
}

/**
 * The lanes of that name.
 *
 * @throws InvalidArgumentError when no `vmap` around gives the name
 */
export function lanesNamed(axisName: string, caller: string): Lanes {
  if (typeof axisName !== "string") {
    throw new InvalidArgumentError(
      `${caller}: expected the name of an axis, a string, found ${axisName === null ? "null" : typeof axisName}. ` +
        `Write vmap(fn, { axisName: "lane" }), and "lane" here.`,
    );
  }
  const found = surrounding.find((lanes) => lanes.axisName === axisName);
  if (found) return found;
  const names = surrounding.flatMap((lanes) => lanes.axisName ?? []);
  throw new InvalidArgumentError(
    [
      `${caller}: expected the name of an axis that a vmap around it has, found ${JSON.stringify(axisName)}.`,
      ...guesses([axisName], names),
      `There are: ${names.join(", ") || "none"}. Write vmap(fn, { axisName: ${JSON.stringify(axisName)} }).`,
    ].join(" "),
  );
}

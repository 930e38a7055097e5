/** @file Where a State comes from, which decides how `update` takes it and what is made of it. */
import { coverageOf, type State } from "@nnx-js/nn";
import { partsOfConstant } from "./constant.ts";
import type { StateOrigin } from "./pattern.ts";

export function originOf(state: State): StateOrigin {
  const { selects, ofKinds = false, popped = false } = coverageOf(state);
  return { byHand: ofKinds, popped, selects, parts: partsOf(selects) };
}

/** Whether it comes from where another one did. */
export function hasOrigin(state: State, { byHand, popped, selects, parts }: StateOrigin): boolean {
  const { selects: found, ofKinds = false, popped: wasPopped = false } = coverageOf(state);
  if (ofKinds !== byHand || wasPopped !== popped) return false;
  // That of a State which was made by hand selects everything.
  if (found === selects) return true;
  const others = partsOf(found);
  return others.length === parts.length && others.every((part, i) => Object.is(part, parts[i]));
}

function partsOf(selects: StateOrigin["selects"]): readonly unknown[] {
  // Too deep to be compared, it is like no other.
  return partsOfConstant(selects) ?? [selects];
}

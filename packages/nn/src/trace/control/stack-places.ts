/** @file Where what a value was in all turns is found, when the loops of a gradient are over. */
import type { Value } from "../graph.ts";
import type { ScanTurn } from "./scan-turn.ts";

/** Where a stack of all turns is. */
export type StackPlace =
  | { readonly kind: "sequence"; readonly input: number }
  /** A gradient that came in. */
  | { readonly kind: "given"; readonly at: number }
  | { readonly kind: "forward"; readonly output: number }
  | { readonly kind: "backward"; readonly output: number }
  /** What was carried into a turn: what the one before gave as this result of the forward loop. */
  | { readonly kind: "previous"; readonly carry: number; readonly output: number };

/** What the two loops give, in order; what is not among it yet is added where a stack of it is asked for. */
interface LoopOutputs {
  readonly forward: Value[];
  readonly backward: Value[];
  /** How many outputs of the backward loop are carries. */
  readonly backwardCarries: number;
}

/** The place of a value that differs from turn to turn. */
export function placeOf(
  value: Value,
  { own, outputs, incoming, carried }: ScanTurn,
  carries: number,
  isGradient: (value: Value) => boolean,
  loops: LoopOutputs,
): StackPlace {
  const { forward, backward, backwardCarries } = loops;
  const input = own.indexOf(value);
  if (input >= carries) return { kind: "sequence", input };
  const given = incoming.indexOf(value, carried.length);
  if (given >= 0) return { kind: "given", at: given - carried.length };
  if (isGradient(value)) return { kind: "backward", output: placeIn(backward, value, backwardCarries) };
  const known = forward.indexOf(value, carries);
  if (known >= 0) return { kind: "forward", output: known };
  const next = input >= 0 ? forward.indexOf(outputs[input]!, carries) : -1;
  if (next >= 0) return { kind: "previous", carry: input, output: next };
  return { kind: "forward", output: placeIn(forward, value, carries) };
}

/** Whether a stack of a value is there anyway, where the forward loop gives `forward`. */
export function hasPlace(
  value: Value,
  { own, outputs, incoming, carried }: ScanTurn,
  carries: number,
  forward: readonly Value[],
): boolean {
  const input = own.indexOf(value);
  const next = input >= 0 && input < carries ? outputs[input]! : value;
  return (
    input >= carries ||
    incoming.includes(value, carried.length) ||
    [value, next].some((each) => forward.includes(each, carries))
  );
}

/** Where a value is in a list, behind `from`; added to its end where it is not. */
function placeIn(list: Value[], value: Value, from: number): number {
  const known = list.indexOf(value, from);
  return known >= 0 ? known : list.push(value) - 1;
}

/** @file What the functions of rules close over. Calls that are recorded take it, so that rules find it wherever they run. */
import type * as tf from "@tensorflow/tfjs-core";
import { type BodySpec, type ClosedOver, closedOver } from "../../trace/record-body.ts";

/** No tensors, and no Variables. */
export const NOTHING: ClosedOver = { tensors: [], variables: [] };

/** Rules whose functions make new rules, whose functions do, are asked this often. */
const DEEPEST = 8;

const asked = new Set<object>();

/**
 * What `run`, which runs the functions of a rule, closes over; nothing while they are asked already: a rule may call its
 * own function.
 *
 * @param owner the functions
 * @param caller what errors call what runs them
 */
export function closureOf(
  owner: object,
  run: (...tensors: tf.Tensor[]) => unknown,
  specs: readonly BodySpec[],
  caller: string,
): ClosedOver {
  if (asked.has(owner) || asked.size >= DEEPEST) return NOTHING;
  asked.add(owner);
  try {
    return closedOver(run, specs, { caller, name: caller, isLocated: false });
  } catch {
    // What is wrong with the functions is an error where a derivative needs them.
    return NOTHING;
  } finally {
    asked.delete(owner);
  }
}

/** @file One of several functions, which a tensor chooses. */
import * as tf from "@tensorflow/tfjs-core";
import { AsyncFunctionError } from "@nnx-js/tensor";
import { NnxError } from "../../errors.ts";
import { launchCond } from "../../trace/control/launch.ts";
import { canReadAtOnce } from "../../trace/control/run.ts";
import { activeTrace } from "../../trace/trace-backend.ts";
import type { Variable } from "../../variable/variable.ts";
import { merged } from "./merged.ts";
import { type Recorded, recorded } from "./recorded.ts";
import { assertAlike, type Tree, treeOf } from "./tree.ts";
import { withVariablesKept } from "./variables-kept.ts";

/** A branch, and what errors call it. */
interface Branch {
  readonly fn: (...operands: unknown[]) => unknown;
  /** Such as `trueFn`. */
  readonly role: string;
}

/** What is chosen from. */
export interface Choice {
  readonly branches: readonly Branch[];
  readonly operands: readonly unknown[];
  /** Such as `cond`. */
  readonly caller: string;
}

/** What the branch with the number `index` gives; an int32 scalar is brought into their range. */
export function chosen(choice: Choice, index: number | tf.Tensor): unknown {
  const { branches, caller } = choice;
  const operands = treeOf([...choice.operands], `${caller}: the operands`, true);
  const last = branches.length - 1;
  const at = (i: number) => Math.min(Math.max(i, 0), last);
  if (typeof index === "number") {
    const result = called(choice, at(index), choice.operands);
    return apart(treeOf(result, resultOf(choice, at(index)), true), operands);
  }
  if (activeTrace() || !canReadAtOnce()) return traced(choice, index, operands);
  const taken = at(index.dataSync()[0]!);
  const result = withVariablesKept(caller, () => called(choice, taken, choice.operands));
  tf.tidy(() => checkOthers(choice, taken, result, operands));
  return apart(treeOf(result, resultOf(choice, taken), true), operands);
}

function called({ branches, caller }: Choice, i: number, operands: readonly unknown[]): unknown {
  const result = branches[i]!.fn(...operands);
  if (AsyncFunctionError.isPromise(result)) throw new AsyncFunctionError(caller, result);
  return result;
}

/** A result, which is the caller's to dispose of: with copies of what is an operand's, or a Variable's. */
function apart(result: Tree, operands: Tree): unknown {
  const given = new Set(operands.tensors);
  return result.rebuild(
    result.tensors.map((tensor) => (tensor.kept || given.has(tensor) ? tf.clone(tensor) : tensor)),
  );
}

/** A branch that was recorded, with the tree of its results. */
interface RecordedBranch {
  readonly branch: Recorded;
  readonly result: Tree;
}

function record(choice: Choice, i: number, operands: Tree): RecordedBranch {
  const { caller, branches } = choice;
  let result: Tree | undefined;
  const branch = recorded(
    (...args) => {
      result = treeOf(called(choice, i, operands.rebuild(args) as unknown[]), resultOf(choice, i));
      return result.tensors;
    },
    operands.tensors.map(({ shape, dtype }) => ({ shape, dtype })),
    { caller: `${caller}(${branches[i]!.role})`, name: branches[i]!.fn.name || branches[i]!.role },
  );
  return { branch, result: result! };
}

function resultOf({ caller, branches }: Choice, i: number): string {
  return `${caller}: the result of ${branches[i]!.role}`;
}

function assertEqual(choice: Choice, [i, first]: [number, Tree], [j, other]: [number, Tree]): void {
  assertAlike(first, other, {
    what: `${choice.caller}: the result`,
    expected: `as ${choice.branches[i]!.role} gives`,
    found: choice.branches[j]!.role,
    repair: "All branches give the same structure, shapes and dtypes.",
  });
}

function traced(choice: Choice, index: tf.Tensor, operands: Tree): unknown {
  const { branches, caller } = choice;
  const done: RecordedBranch[] = [];
  let written: readonly Variable[] = [];
  const run = () => {
    for (const i of branches.keys()) {
      done.push(record(choice, i, operands));
      assertEqual(choice, [0, done[0]!.result], [i, done[i]!.result]);
    }
    const all = merged(
      done.map(({ branch }) => branch),
      caller,
    );
    ({ written } = all);
    return launchCond([index, ...operands.tensors, ...all.surroundings], { branches: all.bodies });
  };
  try {
    const outputs = tf.tidy(run);
    const { result } = done[0]!;
    const given = outputs.splice(0, result.tensors.length);
    for (const [i, variable] of written.entries()) variable.value = outputs[i]!;
    return result.rebuild(given);
  } finally {
    for (const { branch } of done) branch.dispose();
  }
}

/**
 * Checks that the other branches give what the one did that ran: they are recorded, which computes nothing. What
 * cannot be recorded is not compared.
 */
function checkOthers(choice: Choice, taken: number, result: unknown, operands: Tree): void {
  const tree = treeOf(result, resultOf(choice, taken));
  for (const i of choice.branches.keys()) {
    if (i === taken) continue;
    let other: RecordedBranch | undefined;
    try {
      other = record(choice, i, operands);
    } catch (error) {
      if (error instanceof NnxError && error.message.startsWith(`${choice.caller}: the result`)) throw error;
    }
    if (!other) continue;
    const [a, b] = i < taken ? ([[i, other.result], [taken, tree]] as const) : ([[taken, tree], [i, other.result]] as const); // prettier-ignore
    try {
      assertEqual(choice, [...a], [...b]);
      merged([other.branch], choice.caller);
    } finally {
      other.branch.dispose();
    }
  }
}

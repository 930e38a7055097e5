/** @file What is shown of a node: classes, shapes, counts, static attributes; no value of a tensor is read. */
import { classNameOf } from "../class-name.ts";
import type * as tf from "@tensorflow/tfjs-core";
import { attributesOf, type Parent } from "../graph/children.ts";
import { visitGraph } from "../graph/iterate.ts";
import { isContainer, type Key, kindOf, MAX_DEPTH } from "../graph/kinds.ts";
import { State } from "../graph/state.ts";
import type { Variable } from "../variable/variable.ts";
import { describeArray, describeVariable } from "./describe.ts";
import { addTally, formatTally, kindName, type Tally, tallyOf, totalOf } from "./tally.ts";

/** One value, and what is below it. */
export interface Tree {
  /** The name of the attribute; empty for the root and for elements of arrays. */
  readonly name: string;
  /** The value, or what stands before its children. */
  readonly open: string;
  /** What stands after its children. */
  readonly close: string;
  /** Counts and bytes; may be empty. */
  readonly note: string;
  readonly children: readonly Tree[];
}

/**
 * The tree of `root`. A node that was shown before is cut short; attributes whose names begin with `_` are hidden,
 * unless they hold data.
 */
export function treeOf(root: unknown): Tree {
  return describe(root, "", new Set(), 0);
}

function describe(value: unknown, name: string, seen: Set<unknown>, depth: number): Tree {
  const leaf = (open: string, note = ""): Tree => ({ name, open, close: "", note, children: [] });
  const kind = kindOf(value);
  if (kind === "static") return leaf(describeStatic(value));
  if (kind === "tensor") return leaf(`Tensor(${describeArray(value as tf.Tensor)})`);
  if (kind === "variable") {
    return leaf(describeVariable(value as Variable), formatTally(tallyOf(value as Variable)));
  }
  const node = value as Parent;
  const className = kind === "pytree" || node instanceof Map ? classNameOf(node) : "";
  const [open, close] = Array.isArray(node)
    ? (["[", "]"] as const)
    : ([className ? `${className} {` : "{", "}"] as const);
  if (seen.has(node) || depth > MAX_DEPTH) return leaf(`${open} … ${close}`);
  seen.add(node);
  const children = attributesOf(node)
    .filter(([key, child]) => !String(key).startsWith("_") || kindOf(child) !== "static")
    .map(([key, child]) => describe(child, nameIn(node, key), seen, depth + 1));
  const note = kind === "pytree" ? summarize(node) : "";
  return { name, open, close, note, children };
}

function nameIn(node: Parent, key: Key): string {
  return Array.isArray(node) ? "" : String(key);
}

/** `Param: 20 (80 B), BatchStat: 8 (32 B), Total: 28 (112 B)`, or nothing for a node without Variables. */
function summarize(node: unknown): string {
  const tallies = new Map<string, Tally>();
  for (const [, value, kind] of visitGraph(node)) {
    if (kind === "variable") addTally(tallies, kindName(value as Variable), tallyOf(value as Variable));
  }
  if (tallies.size > 1) tallies.set("Total", totalOf(tallies));
  return [...tallies].map(([name, tally]) => `${name}: ${formatTally(tally)}`).join(", ");
}

function describeStatic(value: unknown, above: readonly unknown[] = []): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return value.name ? `[function ${value.name}]` : "[function]";
  if (value instanceof State) return String(value);
  if (above.includes(value) || above.length > MAX_DEPTH) return "…";
  const below = (item: unknown) => describeStatic(item, [...above, value]);
  if (Array.isArray(value)) return `[${value.map(below).join(", ")}]`;
  if (value instanceof Map) return `Map(${value.size})`;
  if (typeof value === "object" && value !== null) {
    if (!isContainer(value)) return `[${classNameOf(value)}]`;
    return `{ ${Object.entries(value)
      .map(([key, item]) => `${key}: ${below(item)}`)
      .join(", ")} }`;
  }
  return String(value);
}

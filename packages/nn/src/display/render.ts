/** @file The tree of a node as text: classes, shapes, counts, static attributes. */
import * as tf from "@tensorflow/tfjs-core";
import { attributesOf, type Parent } from "../graph/children.ts";
import { visitGraph } from "../graph/iterate.ts";
import { type Key, kindOf } from "../graph/kinds.ts";
import { State } from "../graph/state.ts";
import type { Variable } from "../variable/variable.ts";
import { bytesPerElement, describeArray, describeVariable, formatBytes, formatCount } from "./describe.ts";

/** Elements and bytes of one kind of Variable. */
interface Tally {
  count: number;
  bytes: number;
}

/** Streams' keys and counts are shown together, under the name of their base class. */
function kindName(variable: Variable): string {
  const parent = (Object.getPrototypeOf(variable.constructor) as { name: string }).name;
  return parent === "RngState" ? parent : variable.constructor.name;
}

/** `# Param: 20 (80 B), BatchStat: 8 (32 B), Total: 28 (112 B)`, or nothing for a node without Variables. */
function summarize(node: unknown): string {
  const tallies = new Map<string, Tally>();
  const total: Tally = { count: 0, bytes: 0 };
  for (const [, value, kind] of visitGraph(node)) {
    if (kind !== "variable") continue;
    const variable = value as Variable;
    const name = kindName(variable);
    const tally = tallies.get(name) ?? { count: 0, bytes: 0 };
    tallies.set(name, tally);
    for (const sum of [tally, total]) {
      sum.count += variable.size;
      sum.bytes += variable.size * bytesPerElement(variable.dtype);
    }
  }
  if (tallies.size === 0) return "";
  if (tallies.size > 1) tallies.set("Total", total);
  const parts = [...tallies].map(
    ([name, { count, bytes }]) => `${name}: ${formatCount(count)} (${formatBytes(bytes)})`,
  );
  return ` # ${parts.join(", ")}`;
}

function renderStatic(value: unknown, above: readonly unknown[] = []): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return value.name ? `[function ${value.name}]` : "[function]";
  if (value instanceof State) return String(value);
  if (above.includes(value)) return "…";
  const below = (item: unknown) => renderStatic(item, [...above, value]);
  if (Array.isArray(value)) return `[${value.map(below).join(", ")}]`;
  if (value instanceof Map) return `Map(${value.size})`;
  if (typeof value === "object" && value !== null) {
    const { name } = value.constructor ?? {};
    if (name !== undefined && name !== "Object") return `[${name}]`;
    return `{ ${Object.entries(value)
      .map(([key, item]) => `${key}: ${below(item)}`)
      .join(", ")} }`;
  }
  return String(value);
}

/**
 * The tree of `root`, two spaces a level. A node that was shown before is cut short; attributes whose names begin
 * with `_` are hidden, unless they hold data.
 */
export function renderTree(root: unknown): string {
  return renderValue(root, "", new Set());
}

function renderValue(value: unknown, indent: string, seen: Set<unknown>): string {
  const kind = kindOf(value);
  if (kind === "static") return renderStatic(value);
  if (kind === "tensor") return `Tensor(${describeArray(value as tf.Tensor)})`;
  if (kind === "variable") {
    const variable = value as Variable;
    const bytes = variable.size * bytesPerElement(variable.dtype);
    const count = `${formatCount(variable.size)} (${formatBytes(bytes)})`;
    return `${describeVariable(variable)} # ${count}`;
  }
  const node = value as Parent;
  const name = kind === "pytree" || node instanceof Map ? node.constructor.name : "";
  const [open, close] = Array.isArray(node) ? ["[", "]"] : [name ? `${name} {` : "{", "}"];
  if (seen.has(node)) return `${open} … ${close}`;
  seen.add(node);
  const lines = attributesOf(node)
    .filter(([key, child]) => !String(key).startsWith("_") || kindOf(child) !== "static")
    .map(([key, child]) => `${indent}  ${label(node, key)}${renderValue(child, `${indent}  `, seen)}`);
  const summary = kind === "pytree" ? summarize(node) : "";
  if (lines.length === 0) return `${open}${close}${summary}`;
  return `${open}${summary}\n${lines.join("\n")}\n${indent}${close}`;
}

function label(node: Parent, key: Key): string {
  return Array.isArray(node) ? "" : `${key}: `;
}

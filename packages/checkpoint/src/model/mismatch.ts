/** @file The error that says all that does not fit between a file and a model, and what to write instead. */
import { classNameOf } from "@nnx-js/nn";
import { CheckpointMismatchError } from "../errors.ts";
import type { Layout } from "../layouts/layout.ts";
import { type Fit, isWeight } from "./fit.ts";
import type { Leaf } from "./leaves.ts";
import { nameOf } from "./names.ts";
import { nearest } from "./nearest.ts";
import { repairsOf } from "./repairs.ts";

/** What the error tells of. */
export interface Scene {
  readonly node: unknown;
  readonly leaves: readonly Leaf[];
  readonly layout: Layout;
  /** What the file is called. */
  readonly label: string;
  /** The names in the file, after `rename`. */
  readonly names: readonly string[];
  /** How the layout looked for what is missing. */
  readonly hint: () => string | undefined;
  /** The layout that the file says it has. */
  readonly savedAs: string | undefined;
}

/** Beyond this many, names are gathered by the first part of their path, and then cut. */
const LISTED = 12;

/** The error for a fit that is none. */
export function mismatchError(fit: Fit, scene: Scene): CheckpointMismatchError {
  const { node, label } = scene;
  const { missing, unexpected, misshapen, valueless } = fit;
  const expected = expectedNames(fit, scene);
  const lines = [
    `loadModel: ${label} does not fit ${named(node as object)}. Nothing was changed.`,
    ...section("Missing in the file", listed(missing, nearestIn(unexpected, scene.names))),
    ...section("Not in the model", listed(unexpected, nearestIn(missing, expected))),
    ...section(
      "Of another shape or dtype",
      listed(misshapen.map(({ name, text }) => `${name}: ${text.replace(/\.$/, "")}`)),
      "; ",
    ),
    ...section("Still without a value", listed(valueless.map(({ path }) => nameOf(path)))),
    ...(missing.length > 0 ? [scene.hint() ?? []].flat() : []),
    ...repairsOf(fit, scene),
  ];
  return new CheckpointMismatchError(lines.join("\n"), {
    missing,
    unexpected,
    misshapen: misshapen.map(({ name }) => name),
  });
}

function named(node: object): string {
  if (!Array.isArray(node) && Object.getPrototypeOf(node) === Object.prototype) {
    const names = Object.keys(node);
    return `{ ${names.slice(0, LISTED).join(", ")}${names.length > LISTED ? ", …" : ""} }`;
  }
  return Array.isArray(node) ? `the ${node.length} models` : `the model, ${classNameOf(node)}`;
}

/** The names that the model has in the file's layout: those that fit, and those that are missing. */
function expectedNames({ steps, missing }: Fit, { leaves, layout }: Scene): string[] {
  const linked = steps.flatMap(({ link }) => link.parts.map(({ name }) => name));
  const own = layout.name === "nnx" ? leaves.filter(({ value }) => isWeight(value, layout)) : [];
  return [...new Set([...missing, ...linked, ...own.map(({ path }) => nameOf(path))])];
}

/** The name that another was meant to be: one that has no partner either, else any. */
function nearestIn(free: readonly string[], all: readonly string[]): (name: string) => string | undefined {
  return (name) => nearest(name, free) ?? nearest(name, all);
}

function section(head: string, { items, count }: Listing, separator = ", "): string[] {
  return count === 0 ? [] : [`${head} (${count}): ${items.join(separator)}.`];
}

interface Listing {
  readonly items: readonly string[];
  readonly count: number;
}

function listed(names: readonly string[], nearestTo?: (name: string) => string | undefined): Listing {
  const count = names.length;
  const all = names.map((name) => (name === "" ? '""' : name));
  const shown = count > LISTED ? gathered(all) : all.map((name) => ({ name }));
  const items = shown.slice(0, LISTED).map((item) => {
    if ("text" in item) return item.text;
    const near = nearestTo?.(item.name);
    return near === undefined || near === item.name ? item.name : `${item.name} (nearest there: ${near})`;
  });
  if (shown.length > LISTED) items.push(`and ${shown.length - LISTED} more`);
  return { items, count };
}

/** Names one by one, but many below one part of the model as one text. */
function gathered(names: readonly string[]): ({ name: string } | { text: string })[] {
  const parts = new Map<string, string[]>();
  for (const name of names) {
    const part = name.split(/[./]/, 1)[0]!;
    const members = parts.get(part);
    if (members) members.push(name);
    else parts.set(part, [name]);
  }
  return [...parts].flatMap(([part, members]): ({ name: string } | { text: string })[] =>
    members.length > 3
      ? [{ text: `${part}.… (${members.length} names)` }]
      : members.map((name) => ({ name })),
  );
}

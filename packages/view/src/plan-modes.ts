/** @file Checks the modes given to `view` and decides which module gets which. */
import {
  classNameOf,
  type Filter,
  fitsViewOption,
  formatPath,
  formatViewType,
  type Located,
  type Pytree,
  type ViewOption,
} from "@nnx-js/nn";
import { type NodeWithModes, nodesWithModes, type SetView } from "./declared-modes.ts";
import { ModeTypeError } from "./errors.ts";
import { select, type SelectOptions } from "./select.ts";
import { typesByMode, unknownModes } from "./unknown-modes.ts";

/** A call of `setView` that is to be made on the copy of `node`. */
interface PlannedCall {
  readonly node: Pytree;
  readonly setView: SetView;
  readonly modes: Readonly<Record<string, unknown>>;
}

/**
 * The calls that give `modes` to the selected modules of `model`, children first. Nothing is called yet.
 *
 * @throws UnknownModeError for a mode that no selected module has
 * @throws ModeTypeError for a value that does not fit a module which would get it
 */
export function planModes(
  model: unknown,
  modes: Readonly<Record<string, unknown>>,
  { only, raiseIfNotFound = true }: SelectOptions,
): PlannedCall[] {
  const all = nodesWithModes(model);
  const selected = selectNodes(model, all, only);
  if (raiseIfNotFound) {
    const known = typesByMode(selected);
    const unknown = Object.keys(modes).filter((name) => !known.has(name));
    if (unknown.length > 0) throw unknownModes(unknown, selected, all);
  }
  return selected.flatMap(([path, { node, setView, options = {}, className }]) => {
    if (!setView) return [];
    const given = Object.entries(modes).filter(
      ([name, value]) => value !== undefined && Object.hasOwn(options, name),
    );
    const where = `${formatPath(path)} (${className})`;
    const checked = given.map(([name, value]) => [name, valueFor(where, name, options[name]!, value)]);
    return [{ node, setView, modes: Object.fromEntries(checked) }];
  });
}

function selectNodes(
  model: unknown,
  all: readonly Located<NodeWithModes>[],
  only: Filter | undefined,
): Located<NodeWithModes>[] {
  const nodes = all.map(([path, { node }]) => [path, node] as const);
  const chosen = new Set(select(model, nodes, only).map(([, node]) => node));
  return all.filter(([, { node }]) => chosen.has(node));
}

/** The value that `setView` gets: `null` becomes the declared default. */
function valueFor(where: string, name: string, option: ViewOption, value: unknown): unknown {
  const type = formatViewType(option);
  if (value === null) {
    if (option.default !== undefined) return option.default;
    throw new ModeTypeError(
      `view: ${where}: null resets ${name} to its declared default, but it has none. Give a ${type}, or leave ` +
        `${name} out to keep it as it is.`,
    );
  }
  if (fitsViewOption(option, value)) return value;
  throw new ModeTypeError(
    `view: ${where}: expected ${type} for the mode ${name}, got ${describeValue(value)}.${repair(name, type)}`,
  );
}

function describeValue(value: unknown): string {
  if (typeof value === "string") return `the string ${JSON.stringify(value)}`;
  if (typeof value === "number") return `the number ${value}`;
  if (Array.isArray(value)) return `the array ${JSON.stringify(value)}`;
  return typeof value === "object" && value !== null ? `a ${classNameOf(value)}` : `a ${typeof value}`;
}

const EXAMPLES: Readonly<Record<string, string>> = {
  boolean: "true",
  string: '"…"',
  integer: "1",
  number: "0.5",
  "number[]": "[1, 2]",
};

function repair(name: string, type: string): string {
  const example = EXAMPLES[type.split(" | ")[0]!];
  return example === undefined ? "" : ` Write { ${name}: ${example} }.`;
}

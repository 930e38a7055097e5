/** @file Checks the modes given to `view` and decides which module gets which. */
import {
  type Filter,
  fitsViewOption,
  formatPath,
  formatViewType,
  type Path,
  type Pytree,
  type ViewOption,
} from "@nnx-js/nn";
import { type NodeWithModes, nodesWithModes, type SetView } from "./declared-modes.ts";
import { ModeTypeError, UnknownModeError } from "./errors.ts";
import { guesses } from "./near-miss.ts";
import { type Located, select, type SelectOptions } from "./select.ts";

/** A call of `setView` that is to be made on the copy of `node`. */
export interface PlannedCall {
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
    const known = modesOf(selected);
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
  return typeof value === "object" && value !== null ? `a ${value.constructor.name}` : `a ${typeof value}`;
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

/** The types of each mode by name, of those modules that can be given modes. */
function modesOf(nodes: readonly Located<NodeWithModes>[]): Map<string, Set<string>> {
  const modes = new Map<string, Set<string>>();
  for (const [, { setView, options }] of nodes) {
    if (!setView) continue;
    for (const [name, option] of Object.entries(options ?? {})) {
      modes.set(name, (modes.get(name) ?? new Set()).add(formatViewType(option)));
    }
  }
  return modes;
}

function unknownModes(
  unknown: readonly string[],
  selected: readonly Located<NodeWithModes>[],
  all: readonly Located<NodeWithModes>[],
): UnknownModeError {
  const known = modesOf(selected);
  const names = [...unknown];
  names.sort();
  const near = guesses(names, known.keys());
  const list = [...known].map(([name, types]) => `${name} (${[...types].join(" and ")})`);
  list.sort();
  return new UnknownModeError(
    [
      `view: unknown mode${names.length > 1 ? "s" : ""} ${names.join(", ")}.`,
      ...near,
      list.length > 0 ? `There are: ${list.join(", ")}.` : "The selected modules have no modes.",
      ...hints(names, selected, all),
      // Whoever misspelt a name should not be led to silence the error.
      ...(near.length > 0
        ? []
        : ["Pass { raiseIfNotFound: false } after the modes to ignore those that a model lacks."]),
    ].join(" "),
  );
}

function hints(
  names: readonly string[],
  selected: readonly Located<NodeWithModes>[],
  all: readonly Located<NodeWithModes>[],
): string[] {
  const everywhere = modesOf(all);
  const filtered = names.filter((name) => everywhere.has(name));
  const misplaced = names.filter((name) => name === "only" || name === "raiseIfNotFound");
  const undeclared = classNames(
    selected,
    ({ setView, options }) => setView !== undefined && options === undefined,
  );
  const unsettable = classNames(selected, ({ setView }) => setView === undefined);
  return [
    ...filtered.map((name) => `${name} is a mode only of modules that \`only\` leaves out.`),
    ...misplaced.map((name) => `Options come after the modes: view(model, { … }, { ${name}: … }).`),
    ...undeclared.map(
      (name) =>
        `${name} has setView but no \`static readonly viewOptions = viewOptions({ … })\`, so it gets no modes.`,
    ),
    ...unsettable.map((name) => `${name} has viewOptions but no setView, so it gets no modes.`),
  ];
}

function classNames(
  nodes: readonly Located<NodeWithModes>[],
  test: (node: NodeWithModes) => boolean,
): string[] {
  return [
    ...new Set(
      nodes
        .filter(([, node]) => test(node))
        .map(([, { className }]: readonly [Path, NodeWithModes]) => className),
    ),
  ];
}

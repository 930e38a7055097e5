/** @file The error about modes that no selected module has. */
import { formatViewType, guesses, type Located } from "@nnx-js/nn";
import type { NodeWithModes } from "./declared-modes.ts";
import { UnknownModeError } from "./errors.ts";

/** The error for the modes `unknown`: which there are, near misses, and what may have been meant. */
export function unknownModes(
  unknown: readonly string[],
  selected: readonly Located<NodeWithModes>[],
  all: readonly Located<NodeWithModes>[],
): UnknownModeError {
  const known = typesByMode(selected);
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

/** The types of each mode by name, of those modules that can be given modes. */
export function typesByMode(nodes: readonly Located<NodeWithModes>[]): Map<string, Set<string>> {
  const modes = new Map<string, Set<string>>();
  for (const [, { setView, options }] of nodes) {
    if (!setView) continue;
    for (const [name, option] of Object.entries(options ?? {})) {
      modes.set(name, (modes.get(name) ?? new Set()).add(formatViewType(option)));
    }
  }
  return modes;
}

function hints(
  names: readonly string[],
  selected: readonly Located<NodeWithModes>[],
  all: readonly Located<NodeWithModes>[],
): string[] {
  const everywhere = typesByMode(all);
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
  return [...new Set(nodes.filter(([, node]) => test(node)).map(([, { className }]) => className))];
}

/** @file `viewInfo`: which modes a model has, as text. */
import { type Filter, formatViewType, type Pytree, type ViewOption } from "@nnx-js/nn";
import { nodesWithModes } from "./declared-modes.ts";
import { assertModel, select } from "./select.ts";

/** Options of {@link viewInfo}. */
export interface ViewInfoOptions {
  /** Which modules are described. All of them by default. */
  only?: Filter | undefined;
}

/**
 * The modes of the classes in `model`, sorted by class; empty when there are none.
 *
 * ```ts
 * console.log(viewInfo(model));
 * // Dropout:
 * //   deterministic?: boolean = false
 * //     if true, disables dropout masking.
 * ```
 *
 * @see flax.nnx.view_info
 */
export function viewInfo(model: object, { only }: ViewInfoOptions = {}): string {
  assertModel("viewInfo", model);
  const declared = nodesWithModes(model).filter(([, { setView, options }]) => setView && options);
  const chosen = new Set(
    select<Pytree>(
      model,
      declared.map(([path, { node }]) => [path, node]),
      only,
    ).map(([, node]) => node),
  );
  const classes = new Map<object, string>();
  for (const [, { node, className, options = {} }] of declared) {
    if (!chosen.has(node)) continue;
    const lines = Object.entries(options).flatMap(([name, option]) => describeMode(name, option));
    classes.set(Object.getPrototypeOf(node) as object, [`${className}:`, ...lines].join("\n"));
  }
  const texts = [...classes.values()];
  texts.sort();
  return texts.join("\n");
}

function describeMode(name: string, option: ViewOption): string[] {
  const initial = option.default === undefined ? "" : ` = ${formatDefault(option.default)}`;
  const description = option.description.split("\n").map((line) => `    ${line}`.trimEnd());
  return [`  ${name}?: ${formatViewType(option)}${initial}`, ...description];
}

function formatDefault(value: NonNullable<ViewOption["default"]>): string {
  return typeof value === "object" ? `[${value.join(", ")}]` : JSON.stringify(value);
}

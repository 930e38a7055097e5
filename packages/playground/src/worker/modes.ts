/** @file The modes of layers: what they are now, and how a view gets others. */
import {
  formatViewType,
  isPytree,
  iterModules,
  type Module,
  type ViewOption,
  type ViewOptions,
} from "@nnx-js/nn";
import { view } from "@nnx-js/view";
import type { Mode } from "../protocol/events.ts";
import type { ModeValue } from "../protocol/settings.ts";
import { CommandError } from "./faults.ts";

/** Another value for a mode of one layer. */
export interface ModeChange {
  /** The layer by its path in the model. */
  readonly path: string;
  readonly mode: string;
  readonly value: ModeValue;
}

/** The modes that a layer declares, with their present values. */
export function modesOf(layer: object, fixed: readonly string[]): Mode[] {
  return Object.entries(declaredBy(layer)).map(([name, option]) => ({
    name,
    value: valueOf(layer, name),
    choices: option.type === "boolean" && !fixed.includes(name) ? [true, false] : null,
    info: describe(name, option),
  }));
}

/**
 * A view like `model`, over the same Variables, with one mode of one layer changed.
 *
 * @throws CommandError where there is no such layer; UnknownModeError and ModeTypeError of `view`
 */
export function withMode<M extends Module>(model: M, { path, mode, value }: ModeChange): M {
  const paths = new Map<string, Module>();
  for (const [at, module] of iterModules(model)) paths.set(at.join("."), module);
  const layer = paths.get(path);
  if (!layer) {
    throw new CommandError(`there is no layer "${path}"; there are ${[...paths.keys()].join(", ")}`);
  }
  return view(model, { [mode]: value } as never, { only: (_path, module) => module === layer });
}

/** The value of a mode of the layer at a path; null where there is none. */
export function modeAt(model: Module, path: string, mode: string): ModeValue | null {
  for (const [at, module] of iterModules(model)) if (at.join(".") === path) return valueOf(module, mode);
  return null;
}

function declaredBy(layer: object): ViewOptions {
  const { constructor } = layer as { constructor: { viewOptions?: ViewOptions } };
  return isPytree(layer) && "setView" in layer ? (constructor.viewOptions ?? {}) : {};
}

/** Layers keep a mode as an attribute of its name. */
function valueOf(layer: object, name: string): ModeValue | null {
  const value = (layer as Record<string, unknown>)[name];
  return typeof value === "boolean" || typeof value === "number" || typeof value === "string" ? value : null;
}

/** As `viewInfo` prints it. */
function describe(name: string, option: ViewOption): string {
  const initial = option.default === undefined ? "" : ` = ${JSON.stringify(option.default)}`;
  return `${name}?: ${formatViewType(option)}${initial}\n${option.description}`;
}

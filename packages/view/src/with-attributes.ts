/** @file `withAttributes`: a copy of a model with other values for attributes that its modules have. */
import { clone, formatPath, iterModules, Module } from "@nnx-js/nn";
import { correspondence } from "./correspond.ts";
import { UnknownAttributeError } from "./errors.ts";
import { guesses } from "./near-miss.ts";
import { assertModel, assertNamed, type Located, select, type SelectOptions } from "./select.ts";

/**
 * A copy of `model` that shares its Variables and in which every selected Module that has one of `attributes` has
 * it set to the given value. No attribute is created; nothing but Modules is changed. It is for modules without a
 * `setView`; where there is one, `view` is the better choice.
 *
 * ```ts
 * const training = withAttributes(model, { training: true }, { only: NoisyLinear });
 * ```
 *
 * Inherited attributes and accessors count; setters run, on the copy.
 *
 * @throws UnknownAttributeError for a name that no selected Module has, unless `raiseIfNotFound` is `false`; and
 *   for one that can only be read
 * @throws UncopyableNodeError for a module with `#private` members or arrow-function methods
 * @see flax.nnx.with_attributes
 */
export function withAttributes<T extends object>(
  model: T,
  attributes: Readonly<Record<string, unknown>>,
  { only, raiseIfNotFound = true }: SelectOptions = {},
): T {
  assertModel("withAttributes", model);
  assertNamed("withAttributes", "{ training: true }", attributes);
  const modules = select(model, [...iterModules(model)], only);
  const missing = new Set(Object.keys(attributes));
  const writes = modules.flatMap(([path, module]) =>
    Object.entries(attributes)
      .filter(([name]) => hasAttribute(module, name))
      .map(([name, value]) => {
        assertWritable(path, module, name);
        missing.delete(name);
        return [module, name, value] as const;
      }),
  );
  if (raiseIfNotFound && missing.size > 0) throw unknownAttributes([...missing], modules);

  const copy = clone(model, { variables: false });
  const copies = correspondence(model, copy);
  for (const [module, name, value] of writes) Reflect.set(copies.get(module) as Module, name, value);
  return copy;
}

/** The descriptor of an attribute: own or inherited, but none that all Modules have. */
function attributeOf(module: Module, name: string): PropertyDescriptor | undefined {
  if (name === "constructor") return undefined;
  for (let current: object | null = module; current !== null && current !== Module.prototype;) {
    const descriptor = Object.getOwnPropertyDescriptor(current, name);
    if (descriptor) return descriptor;
    current = Object.getPrototypeOf(current) as object | null;
  }
  return undefined;
}

function hasAttribute(module: Module, name: string): boolean {
  return attributeOf(module, name) !== undefined;
}

function assertWritable(path: Located<Module>[0], module: Module, name: string): void {
  const descriptor = attributeOf(module, name)!;
  if (descriptor.set || descriptor.writable) return;
  throw new UnknownAttributeError(
    `withAttributes: ${formatPath(path)} (${module.constructor.name}): ${name} can only be read. Add \`set ${name}(value)\`, ` +
      `set the attribute that it is computed from, or leave the module out with { only: … }.`,
  );
}

function unknownAttributes(
  missing: readonly string[],
  modules: readonly Located<Module>[],
): UnknownAttributeError {
  const names = [...missing];
  names.sort();
  const known = new Set(modules.flatMap(([, module]) => attributeNames(module)));
  return new UnknownAttributeError(
    [
      `withAttributes: no selected Module has the attribute${names.length > 1 ? "s" : ""} ${names.join(", ")}.`,
      ...guesses(names, known),
      "Attributes are changed, never created; pass { raiseIfNotFound: false } to ignore those that are missing.",
    ].join(" "),
  );
}

function attributeNames(module: Module): string[] {
  const names: string[] = [];
  for (let current: object | null = module; current !== null && current !== Module.prototype;) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(current))) {
      if (typeof value !== "function") names.push(name);
    }
    current = Object.getPrototypeOf(current) as object | null;
  }
  return names;
}

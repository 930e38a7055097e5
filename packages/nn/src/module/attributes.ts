/** @file Setting attributes of Modules by name: which there are, and which can be set. */
import { classNameOf } from "../class-name.ts";
import { UnknownAttributeError } from "../errors.ts";
import { formatPath, MODULE } from "../graph/kinds.ts";
import type { Located } from "../graph/matching.ts";
import { guesses } from "../near-miss.ts";
import type { Module } from "./module.ts";

/** Values by the name of the attribute. */
export type Attributes = Readonly<Record<string, unknown>>;

/** An attribute that is to be set. */
export type AttributeWrite = readonly [module: Module, name: string, value: unknown];

/**
 * What has to be set so that each of `modules` that has one of `attributes` has it with the given value. Inherited
 * attributes and accessors count. Nothing is set yet.
 *
 * @param caller the function to name in errors
 * @throws UnknownAttributeError for a name that no module has, unless `raiseIfNotFound` is false; and for one that
 *   can only be read
 */
export function planAttributes(
  caller: string,
  modules: readonly Located<Module>[],
  attributes: Attributes,
  raiseIfNotFound: boolean,
): AttributeWrite[] {
  const missing = new Set(Object.keys(attributes));
  const writes = modules.flatMap(([path, module]) =>
    Object.entries(attributes)
      .filter(([name]) => attributeOf(module, name) !== undefined)
      .map(([name, value]): AttributeWrite => {
        assertWritable(caller, path, module, name);
        missing.delete(name);
        return [module, name, value];
      }),
  );
  if (raiseIfNotFound && missing.size > 0) throw unknownAttributes(caller, [...missing], modules);
  return writes;
}

/** `object` and its prototypes, up to the base class of Modules. */
function* chainOf(object: object): Generator<object, void, undefined> {
  let current: object | null = object;
  while (current !== null && !Object.hasOwn(current, MODULE)) {
    yield current;
    current = Object.getPrototypeOf(current) as object | null;
  }
}

/** The descriptor of an attribute: own or inherited, but none that all Modules have. */
function attributeOf(module: Module, name: string): PropertyDescriptor | undefined {
  if (name === "constructor") return undefined;
  for (const object of chainOf(module)) {
    const descriptor = Object.getOwnPropertyDescriptor(object, name);
    if (descriptor) return descriptor;
  }
  return undefined;
}

function assertWritable(caller: string, path: Located<Module>[0], module: Module, name: string): void {
  const descriptor = attributeOf(module, name)!;
  if (descriptor.set || descriptor.writable) return;
  throw new UnknownAttributeError(
    `${caller}: ${formatPath(path)} (${classNameOf(module)}): ${name} can only be read. Add \`set ${name}(value)\`, ` +
      `set the attribute that it is computed from, or leave the module out by a filter.`,
  );
}

function unknownAttributes(
  caller: string,
  missing: readonly string[],
  modules: readonly Located<Module>[],
): UnknownAttributeError {
  const names = [...missing];
  names.sort();
  const known = new Set(modules.flatMap(([, module]) => attributeNames(module)));
  return new UnknownAttributeError(
    [
      `${caller}: no selected Module has the attribute${names.length > 1 ? "s" : ""} ${names.join(", ")}.`,
      ...guesses(names, known),
      "Attributes are changed, never created; pass { raiseIfNotFound: false } to ignore those that are missing.",
    ].join(" "),
  );
}

function attributeNames(module: Module): string[] {
  return [...chainOf(module)].flatMap((object) =>
    Object.entries(Object.getOwnPropertyDescriptors(object))
      .filter(([, { value }]) => typeof value !== "function")
      .map(([name]) => name),
  );
}

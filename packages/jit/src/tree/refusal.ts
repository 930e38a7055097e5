/** @file Errors about arguments that a compiled function cannot take. */
import { privateMemberOf, UncopyableNodeError } from "@nnx-js/nn";
import { JitArgumentError } from "../errors.ts";

/** Refuses arguments of one function. */
export class Refusal {
  readonly #name: string;

  /** @param name of the function */
  constructor(name: string) {
    this.#name = name;
  }

  /** The error for what stands at `path`, such as `argument 1.batch`. */
  of(path: string, found: string, repair: string): JitArgumentError {
    return new JitArgumentError(
      this.#name,
      `expected arguments of tensors, Modules and static values, found ${found} at ${path}. ${repair}`,
    );
  }

  /**
   * Checks that the state of an object can be seen. A compiled function could not tell it from another one otherwise,
   * nor what it is now from what it was in an earlier call.
   *
   * @throws UncopyableNodeError for a class with `#private` members, as views and clones do
   * @throws JitArgumentError for a class of the engine that keeps its state to itself
   */
  assertVisible(value: object, path: string): void {
    const member = privateMemberOf(value);
    if (member !== undefined) {
      throw new UncopyableNodeError(
        `jit(${this.#name}): ${path} (${classNameOf(value)}) has the private member #${member}, which nobody else can ` +
          `see: what changes there would go unnoticed. Write \`private ${member}\` (TypeScript) or \`_${member}\` ` +
          `instead, or let the function close over the object.`,
      );
    }
  }

  /** As {@link assertVisible}, for an object of which nothing is known but its properties. */
  assertOnlyProperties(value: object, path: string): void {
    this.assertVisible(value, path);
    if (!hasSlots(value)) return;
    throw this.of(
      path,
      `${article(classNameOf(value))}, whose state cannot be seen`,
      "Pass what the function needs of it, or let the function close over it.",
    );
  }
}

/** The name of the class of an object. */
export function classNameOf(value: object): string {
  const { constructor } = value as { constructor?: unknown };
  return (typeof constructor === "function" && constructor.name) || "object";
}

/** `a Date`, `an Error`. */
export function article(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}

/** Whether a class of the engine stands above it, or it is an iterator: their state is no property. */
function hasSlots(value: object): boolean {
  if (/Generator|Iterator|Arguments/.test(Object.prototype.toString.call(value))) return true;
  let prototype = Object.getPrototypeOf(value) as object | null;
  for (; prototype !== null; prototype = Object.getPrototypeOf(prototype) as object | null) {
    const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
    if (typeof constructor !== "function" || constructor.name === "Object") continue;
    if (/\[native code\]\s*\}$/.test(Function.prototype.toString.call(constructor))) return true;
  }
  return false;
}

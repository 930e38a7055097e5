/** @file A record of modules that is itself a Module. */
import { assertOptions } from "../checked-arguments.ts";
import { InvalidArgumentError } from "../errors.ts";
import { Module } from "./module.ts";

/** A record of `T` that is a node of the graph. */
export type Dict<T extends object = Record<string, unknown>> = Module & T;

class DictModule extends Module {
  static override readonly name: string = "Dict";
  constructor(items: object = {}) {
    super();
    assertOptions(items, "Dict");
    for (const [name, item] of Object.entries(items)) {
      if (name in this) {
        throw new InvalidArgumentError(
          `Dict: the key "${name}" is the name of a method. Choose another key.`,
        );
      }
      Object.defineProperty(this, name, {
        value: item,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
  }
}

/**
 * A record that is a node of the graph: it has an identity, so that it can be shared. Items are attributes:
 * `new Dict({ a: linear }).a`. Plain objects of modules work as well.
 *
 * @throws InvalidArgumentError for a key that is the name of a Module's method
 * @see flax.nnx.Dict
 */
// The constructor's type says that the items become attributes, which a class declaration cannot express.
export const Dict = DictModule as unknown as new <T extends object>(items?: T) => Dict<T>;

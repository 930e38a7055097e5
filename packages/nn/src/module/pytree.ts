/** @file The base class of everything that the graph functions take apart. */
import { DISPOSE } from "@nnx-js/tensor";
import { shown } from "../display/shown.ts";
import { iterVariables } from "../graph/iterate.ts";
import { PYTREE } from "../graph/kinds.ts";

/**
 * A node of an object graph: Modules, Rngs, optimisers and metrics extend it. Its attributes are plain
 * properties. Variables, tensors, nodes and containers (arrays, `Map`s, plain objects) of those are its children;
 * everything else is static.
 *
 * Views and clones are structural copies: no constructor runs, and own properties are carried over. `#private`
 * fields cannot be copied, and arrow-function attributes keep the `this` of the original: use `private` and
 * methods instead. Both are refused where they can be seen.
 *
 * @see flax.nnx.Pytree
 */
export class Pytree {
  static readonly name: string = "Pytree";
  declare readonly [PYTREE]: true;

  static {
    Object.defineProperty(Pytree.prototype, PYTREE, { value: true });
  }

  /** Frees every Variable below. They are shared with all views, which cannot be used afterwards either. */
  dispose(): void {
    for (const [, variable] of iterVariables(this)) variable.dispose();
  }

  /** The same as {@link dispose}, for `using`. */
  [DISPOSE](): void {
    this.dispose();
  }

  /**
   * The tree with classes, shapes, counts and static attributes; no value is read. What draws it is loaded with the
   * first backend, or with `display`: before, it is the name of the class.
   */
  toString(): string {
    return shown(this);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** @file Checks of what loops and branches write to Variables where nothing is recorded. */
import { ownByScope } from "@nnx-js/tensor";
import type * as tf from "@tensorflow/tfjs-core";
import { activeInterceptor, interceptVariables, type VariableInterceptor } from "../../variable/access.ts";
import type { Variable } from "../../variable/variable.ts";
import { assertVariableKept, type Spec } from "./recorded.ts";

const specOf = ({ shape, dtype }: Variable): Spec => ({ shape: [...shape], dtype });

/**
 * What `fn` gives, if the Variables from outside that it writes have the shapes and dtypes then that they had before.
 *
 * @param except Variables that hold something else meanwhile
 * @throws ShapeMismatchError, DtypeError about the Variable
 */
export function withVariablesKept<T>(caller: string, fn: () => T, except: readonly Variable[] = []): T {
  const watch = new WriteWatch(except);
  const result = interceptVariables(watch, fn);
  for (const [variable, before] of watch.before) assertVariableKept(variable, { before, after: specOf(variable) }, caller); // prettier-ignore
  return result;
}

/** Lets everything happen as it does without it, and notes what was when a Variable was first written. */
class WriteWatch implements VariableInterceptor {
  readonly before = new Map<Variable, Spec>();
  readonly #ignored: Set<Variable>;
  readonly #outer = activeInterceptor();

  constructor(ignored: readonly Variable[]) {
    // What a loop around this one slices holds a slice.
    const others = this.#outer instanceof WriteWatch ? this.#outer.#ignored : [];
    this.#ignored = new Set([...ignored, ...others]);
  }

  adopt(value: tf.Tensor): tf.Tensor {
    return this.#outer?.adopt?.(value) ?? value;
  }

  created(variable: Variable): void {
    this.#ignored.add(variable);
    if (this.#outer) this.#outer.created(variable);
    else ownByScope(variable);
  }

  read(variable: Variable): tf.Tensor {
    return interceptVariables(this.#outer, () => variable.value);
  }

  shapeOf(variable: Variable): readonly number[] | undefined {
    return this.#outer?.shapeOf?.(variable);
  }

  write(variable: Variable, value: tf.Tensor): void {
    if (!this.#ignored.has(variable) && !this.before.has(variable))
      this.before.set(variable, specOf(variable));
    interceptVariables(this.#outer, () => {
      variable.value = value;
    });
  }
}

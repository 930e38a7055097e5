/** @file Variables as they were at another time. */
import type * as tf from "@tensorflow/tfjs-core";
import {
  activeInterceptor,
  interceptVariables,
  type VariableInterceptor,
  withoutSubstitutes,
} from "./access.ts";
import type { Variable } from "./variable.ts";

/**
 * Runs `fn`, for which the Variables in `values` have the values given there. What it writes to them counts for itself,
 * and is forgotten afterwards; other Variables are read and written as ever.
 */
export function withPastValues<T>(values: ReadonlyMap<Variable, tf.Tensor>, fn: () => T): T {
  if (values.size === 0) return fn();
  return withoutSubstitutes(values, () => interceptVariables(new Past(values), fn));
}

class Past implements VariableInterceptor {
  private readonly values: Map<Variable, tf.Tensor>;
  private readonly around = activeInterceptor();

  constructor(values: ReadonlyMap<Variable, tf.Tensor>) {
    this.values = new Map(values);
  }

  adopt(value: tf.Tensor): tf.Tensor {
    return this.around?.adopt?.(value) ?? value;
  }

  created(variable: Variable): void {
    this.around?.created(variable);
  }

  read(variable: Variable): tf.Tensor {
    return this.values.get(variable) ?? interceptVariables(this.around, () => variable.value);
  }

  shapeOf(variable: Variable): readonly number[] | undefined {
    return this.values.get(variable)?.shape ?? this.around?.shapeOf?.(variable);
  }

  write(variable: Variable, value: tf.Tensor): void {
    if (this.values.has(variable)) this.values.set(variable, value);
    else interceptVariables(this.around, () => void (variable.value = value));
  }
}

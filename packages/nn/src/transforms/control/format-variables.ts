/** @file Variables as words in errors. */
import { classNameOf } from "../../class-name.ts";
import type { Variable } from "../../variable/variable.ts";

/** Such as `Param of shape [2, 3], RngCount of shape []`. */
export function formatVariables(variables: readonly Variable[]): string {
  return variables
    .map((variable) => {
      const name = classNameOf(variable);
      return `${name} of shape [${variable.shape.join(", ")}]`;
    })
    .join(", ");
}

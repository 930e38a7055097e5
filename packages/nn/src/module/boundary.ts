/** @file What the outermost call into a model does around it: errors get a path, failed calls change nothing. */
import { NnxError } from "../errors.ts";
import { visitGraph } from "../graph/iterate.ts";
import { formatPath } from "../graph/kinds.ts";
import { transaction } from "../variable/transaction.ts";

let inside = false;

/**
 * Runs `fn`, which works on `roots`. If it throws, all Variables get back the values that they had, and an error
 * about a Module or Variable below one of the roots says its path. Calls within calls are part of the outermost,
 * whose path counts; those of models that it does not know (they are closed over) give their own.
 */
export function atBoundary<T>(roots: readonly unknown[], fn: () => T): T {
  if (inside) return withPaths(roots, fn);
  inside = true;
  try {
    return withPaths(roots, () => transaction(fn));
  } finally {
    inside = false;
  }
}

function withPaths<T>(roots: readonly unknown[], fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    if (error instanceof NnxError && error.subject) locate(error, roots);
    throw error;
  }
}

function locate(error: NnxError, roots: readonly unknown[]): void {
  for (const root of roots) {
    for (const [path, value] of visitGraph(root)) {
      if (value !== error.subject) continue;
      if (path.length > 0) error.locate(formatPath(path));
      return;
    }
  }
}

/** @file What the outermost call into a model does around it: errors get a path, failed calls change nothing. */
import { visitGraph } from "../graph/iterate.ts";
import { formatPath } from "../graph/kinds.ts";
import { transaction } from "../variable/transaction.ts";
import { enterDeepStacks } from "./deep-stacks.ts";
import { attributed, subjectOf, writePath } from "./foreign-errors.ts";

let inside = false;

/**
 * Runs `fn`, which works on `roots`. If it throws, all Variables get back the values that they had, and an error
 * about a Module or Variable below one of the roots says its path. Calls within calls are part of the outermost,
 * whose path counts; those of models that it does not know (they are closed over) give their own.
 */
export function atBoundary<T>(roots: readonly unknown[], fn: () => T): T {
  if (inside) return withPaths(roots, fn);
  return outermost(() => withPaths(roots, fn));
}

/**
 * Calls the `forward` of `module`, or another function of its own, as {@link atBoundary} would: errors of functions
 * that know no module are about this one, and so are those of foreign code. What an asynchronous `forward` does after
 * its first `await` gets paths, but its writes stay.
 */
export function callForward<T>(module: object, forward: (...args: unknown[]) => T, args: unknown[]): T {
  try {
    const result = inside ? forward.apply(module, args) : outermost(() => forward.apply(module, args));
    // The type says that it is what `forward` returns: a promise of the same value.
    return result instanceof Promise ? (settled(result, module) as T) : result;
  } catch (error) {
    throw explained(error, module);
  }
}

function outermost<T>(fn: () => T): T {
  inside = true;
  const leave = enterDeepStacks();
  try {
    return transaction(fn);
  } finally {
    inside = false;
    leave();
  }
}

// An asynchronous function, not `then`: V8 follows only those from the error back to the caller.
async function settled<T>(promise: Promise<T>, module: object): Promise<T> {
  const leave = enterDeepStacks();
  try {
    return await promise;
  } catch (error) {
    throw explained(error, module);
  } finally {
    leave();
  }
}

function explained(error: unknown, module: object): unknown {
  const about = attributed(error, module);
  locate(about, [module]);
  return about;
}

function withPaths<T>(roots: readonly unknown[], fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    locate(error, roots);
    throw error;
  }
}

function locate(error: unknown, roots: readonly unknown[]): void {
  const subject = subjectOf(error);
  if (!subject) return;
  try {
    for (const root of roots) {
      for (const [path, value] of visitGraph(root)) {
        if (value !== subject) continue;
        if (path.length > 0) writePath(error, formatPath(path));
        return;
      }
    }
  } catch {
    // A model that cannot be walked has no paths; what was thrown counts.
  }
}

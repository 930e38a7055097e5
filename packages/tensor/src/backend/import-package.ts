/** @file What an optional package exports, and how to install one that is missing. */
import { reasonOf } from "./errors.ts";

/**
 * What to throw where the import of an optional package has failed.
 *
 * The import itself is written by the caller, with a literal name and directly inside a `try`: so that bundlers see it,
 * and warn, where they would otherwise fail, if the package is not installed.
 *
 * @param install The command that installs what is missing.
 */
export function importFailure(name: string, error: unknown, install = `npm install ${name}`): unknown {
  if (!isMissing(name, reasonOf(error))) return error;
  return new Error(`the package ${name} is not installed. Run: ${install}`, { cause: error });
}

/** What a package exports by name: in bundles for Node that have it as CommonJS, that is in `default`. */
export function exportsOf<T extends object>(loaded: T | { readonly default: T }, name: keyof T & string): T {
  return name in loaded ? (loaded as T) : (loaded as { readonly default: T }).default;
}

/** The ways of Node, bundlers and browsers to say that there is no such package, as distinct from one that fails. */
function isMissing(name: string, reason: string): boolean {
  return (
    /cannot find (package|module)|could not resolve|failed to resolve|does not resolve|bare specifier|module not found/i.test(
      reason,
    ) && new RegExp(`['"\`“‘]${name}['"\`”’/]|${name}/`).test(reason)
  );
}

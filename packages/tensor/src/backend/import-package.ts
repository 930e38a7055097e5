/** @file Says how to install an optional package that is missing. */
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

/** The ways of Node, bundlers and browsers to say that there is no such package, as distinct from one that fails. */
function isMissing(name: string, reason: string): boolean {
  return (
    /cannot find (package|module)|could not resolve|failed to resolve|does not resolve|bare specifier|module not found/i.test(
      reason,
    ) && new RegExp(`['"\`“‘]${name}['"\`”’/]|${name}/`).test(reason)
  );
}

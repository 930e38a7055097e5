/** @file Loads an optional package, and says how to install it where it is missing. */
import { reasonOf } from "./errors.ts";

/**
 * What `load` imports. The import itself is written by the caller, with a literal name, so that bundlers see it.
 *
 * @param install The command that installs what is missing.
 */
export async function importPackage<T>(
  name: string,
  load: () => Promise<unknown>,
  install = `npm install ${name}`,
): Promise<T> {
  try {
    // What a package exports is its own contract; nothing can check it here.
    return (await load()) as T;
  } catch (error) {
    const reason = reasonOf(error);
    if (!isMissing(name, reason)) throw error;
    throw new Error(`the package ${name} is not installed. Run: ${install}`, { cause: error });
  }
}

/** Node's, Vite's and browsers' ways to say that there is no such package, as distinct from one that fails. */
function isMissing(name: string, reason: string): boolean {
  return (
    /cannot find (package|module)|could not resolve|failed to resolve/i.test(reason) &&
    (reason.includes(`'${name}'`) || reason.includes(`"${name}"`) || reason.includes(`${name}/`))
  );
}

/** @file Tells when the garbage collector has taken an object, on engines that tell. */

/** What both kinds have of a FinalizationRegistry. */
type Finalization<T> = Pick<FinalizationRegistry<T>, "register" | "unregister">;

/**
 * A registry that calls `release`. Engines without one, as React Native's Hermes was for long, never call it: there,
 * only what is disposed of is given back.
 */
export function finalization<T>(release: (held: T) => void): Finalization<T> {
  if (typeof FinalizationRegistry !== "undefined") return new FinalizationRegistry(release);
  return { register() {}, unregister: () => false };
}

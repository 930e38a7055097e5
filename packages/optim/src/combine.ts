/** @file Composition of transformations. */
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import type { GradientTransformation } from "./transformation.ts";
import type { Tree } from "./tree.ts";

/** The states of several transformations, in their order. */
export type ChainState<S extends readonly Tree[]> = { readonly [K in keyof S]: S[K] };

/**
 * One transformation after the other: the updates of each are the input of the next. The state is the list of
 * their states.
 *
 * ```ts
 * const tx = chain(clipByGlobalNorm(1), adam(1e-3));
 * ```
 *
 * @throws InvalidArgumentError for what is no transformation
 * @see optax.chain
 */
export function chain<S extends readonly Tree[]>(
  ...transformations: { readonly [K in keyof S]: GradientTransformation<S[K]> }
): GradientTransformation<ChainState<S>> {
  // Inside, states are plain trees; the mapped type of the signature says which belongs to which.
  const links: readonly GradientTransformation[] = transformations;
  for (const link of links) assertTransformation(link);
  const chained: GradientTransformation<ChainState<S>> = {
    init: (params) => links.map((link) => link.init(params)) as unknown as ChainState<S>,
    update(updates, state, params, args) {
      let current = updates;
      const states = links.map((link, i) => {
        const [next, nextState] = link.update(current, state[i]!, params, args);
        current = next;
        return nextState;
      });
      return [current, states as unknown as ChainState<S>];
    },
  };
  return madeBy(chained, chain, links);
}

function assertTransformation(link: unknown): void {
  const isObject = typeof link === "object" && link !== null;
  if (isObject && "init" in link && "update" in link) return;
  const found = Array.isArray(link) ? "an array" : isObject ? "an object" : typeof link === "function" ? `the function ${link.name}` : String(link); // prettier-ignore
  throw new InvalidArgumentError(
    `chain: expected gradient transformations, got ${found}. Write chain(clipByGlobalNorm(1), adam(1e-3)).`,
  );
}

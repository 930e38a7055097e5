/** @file Composition of transformations. */
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import { found } from "./checked-arguments.ts";
import { assertTransformation, type GradientTransformation } from "./transformation.ts";
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
  for (const link of links) assertTransformation(link, "chain", "chain(clipByGlobalNorm(1), adam(1e-3))");
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

/** A name and the transformation that it stands for. */
export type NamedTransformation<K extends string, S extends Tree> = readonly [
  name: K,
  transformation: GradientTransformation<S>,
];

/** The states of named transformations. */
export type StatesByName<L extends readonly NamedTransformation<string, Tree>[]> = {
  readonly [E in L[number] as E[0]]: E[1] extends GradientTransformation<infer S> ? S : never;
};

/**
 * As {@link chain}, with the states under names.
 *
 * ```ts
 * const tx = namedChain(["clip", clipByGlobalNorm(1)], ["adam", adam(1e-3)]);
 * tx.init(params).adam;
 * ```
 *
 * @throws InvalidArgumentError for what is no pair of a name and a transformation, and for a name that occurs twice
 * @see optax.named_chain
 */
export function namedChain<const L extends readonly NamedTransformation<string, Tree>[]>(
  ...transformations: L
): GradientTransformation<StatesByName<L>> {
  const repair = `namedChain(["clip", clipByGlobalNorm(1)], ["adam", adam(1e-3)])`;
  const names = new Set<string>();
  const links = transformations.map((pair: unknown) => {
    const [name, link] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (typeof name !== "string" || names.has(name)) {
      throw new InvalidArgumentError(
        `namedChain: expected pairs of a name and a transformation, each with a name of its own, got ` +
          `${typeof name === "string" ? `${JSON.stringify(name)} twice` : found(pair)}. Write ${repair}.`,
      );
    }
    names.add(name);
    assertTransformation(link, "namedChain", repair);
    return Object.freeze([name, link] as const);
  });
  // Inside, states are plain trees; the type of the signature says which belongs to which.
  const chained: GradientTransformation<Readonly<Record<string, Tree>>> = {
    init: (params) => Object.fromEntries(links.map(([name, link]) => [name, link.init(params)])),
    update(updates, state, params, args) {
      let current = updates;
      const states = links.map(([name, link]) => {
        const [next, nextState] = link.update(current, state[name]!, params, args);
        current = next;
        return [name, nextState] as const;
      });
      return [current, Object.fromEntries(states)];
    },
  };
  return madeBy(chained, namedChain, links) as unknown as GradientTransformation<StatesByName<L>>;
}

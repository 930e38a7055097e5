/** @file The random stream from which a layer of cells makes its first carries. */
import { InvalidArgumentError } from "../../errors.ts";
import { RngStream } from "../../random/rng-stream.ts";
import { Rngs } from "../../random/rngs.ts";

/**
 * What a layer keeps for the option `rngs`: with `true` a stream of seed 0, of an `Rngs` a fork of its stream `carry`,
 * a stream as it is, and with `false` none.
 */
export function carryStream(rngs: Rngs | RngStream | boolean, layer: object): RngStream | undefined {
  if (rngs === true) return new RngStream(0, { tag: "carry" });
  if (rngs === false) return undefined;
  if (rngs instanceof Rngs) return rngs.stream("carry").fork();
  if (rngs instanceof RngStream) return rngs;
  throw new InvalidArgumentError(
    "expected an Rngs, an RngStream, true (a stream of seed 0) or false (none) for rngs. Write { rngs: new Rngs(0) }.",
    layer,
  );
}

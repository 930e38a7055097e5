/** @file A module with a mode of its own. */
import { Module, type ViewArgs, viewOptions } from "@nnx-js/nn";
import { view, viewInfo } from "@nnx-js/view";

/** Prints its message, if it has one. */
class PrintLayer extends Module {
  static readonly viewOptions = viewOptions({
    msg: { type: "string", description: "message to print; an empty one prints nothing" },
  });
  msg: string | undefined;

  constructor(msg?: string) {
    super();
    this.msg = msg;
  }

  forward(): void {
    if (this.msg) console.log(this.msg);
  }

  // As in Flax: only what is given is changed. The parameter's type is what `view` infers the accepted modes from.
  setView({ msg }: ViewArgs<typeof PrintLayer.viewOptions>): void {
    if (msg !== undefined) this.msg = msg;
  }
}

/** A layer that is silent by itself and speaks in one view. */
export function printLayers() {
  const silent = new PrintLayer();
  const printing = view(silent, { msg: "Hello, World!" });
  silent.forward(); // prints nothing
  printing.forward(); // prints "Hello, World!"
  console.log(viewInfo(silent));
  return { silent, printing };
}

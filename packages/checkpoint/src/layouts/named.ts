/** @file The layouts that have a name. Those of other libraries are loaded when they are asked for. */
import { guesses, InvalidArgumentError } from "@nnx-js/nn";
import type { Layout } from "./layout.ts";
import { nnxLayout } from "./nnx.ts";

/** The name of a layout that this package brings. */
export type LayoutName = "nnx" | "flax" | "keras" | "torch";

const NAMED: Readonly<Record<LayoutName, () => Layout | Promise<Layout>>> = {
  nnx: () => nnxLayout,
  flax: async () => (await import("./flax/flax.ts")).flaxLayout,
  keras: async () => (await import("./keras/keras.ts")).kerasLayout,
  torch: async () => (await import("./torch/torch.ts")).torchLayout,
};

/** @throws InvalidArgumentError for what is neither a name nor a layout, on behalf of `caller` */
export function layoutOf(layout: LayoutName | Layout, caller: string): Layout | Promise<Layout> {
  if (typeof layout === "string" && Object.hasOwn(NAMED, layout)) return NAMED[layout]();
  if (typeof layout === "object" && layout !== null && typeof layout.links === "function") return layout;
  const names = Object.keys(NAMED);
  throw new InvalidArgumentError(
    [
      `${caller}: expected a layout, ${names.map((name) => JSON.stringify(name)).join(", ")} or one of your own, got ${
        typeof layout === "string" ? JSON.stringify(layout) : typeof layout
      }.`,
      ...guesses(typeof layout === "string" ? [layout] : [], names),
      `Write { layout: "${names.at(-1)}" }.`,
    ].join(" "),
  );
}

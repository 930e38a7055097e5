/** @file What to write when a file does not fit: guesses from the names, to be pasted. */
import { isVariable, RngState } from "@nnx-js/nn";
import type { Fit } from "./fit.ts";
import type { Scene } from "./mismatch.ts";
import { nearest } from "./nearest.ts";

/** One line for each thing to try, the likeliest first. */
export function repairsOf(fit: Fit, scene: Scene): string[] {
  const { missing, unexpected, misshapen, valueless } = fit;
  const repairs: string[] = [];
  const layout = otherLayout(fit, scene);
  if (layout !== undefined) {
    repairs.push(
      `The names are those of another layout: loadModel(model, source, { layout: ${JSON.stringify(layout)} }).`,
    );
  } else if (missing.length > 0 && unexpected.length > 0) repairs.push(...renamings(fit));
  if (repairs.length === 0 && missing.length + unexpected.length > 0) {
    if (missing.length > 0) repairs.push(...partOnly(fit, scene));
    repairs.push("To take what fits and leave the rest: loadModel(model, source, { strict: false }).");
  }
  if (misshapen.length > 0) {
    repairs.push(
      "Make the model with the sizes of the file, change what is read by { transform: (tensor, name) => … }, or leave " +
        `it out: { strict: false, rename: { ${JSON.stringify(misshapen[0]!.name)}: null } }.`,
    );
  }
  if (valueless.length > 0) {
    const tags = new Set(
      valueless.flatMap(({ value }) =>
        isVariable(value) && value instanceof RngState ? [value.tag ?? "default"] : [],
      ),
    );
    const seeds = [...tags].map(
      (tag, i) => `${/^[a-z_$][\w$]*$/i.test(tag) ? tag : JSON.stringify(tag)}: ${i}`,
    );
    repairs.push(
      (seeds.length > 0
        ? `Random streams begin with a seed: reseed(model, { ${seeds.join(", ")} }) before it is loaded. `
        : "") + "To leave them without one: { strict: false }.",
    );
  }
  return repairs;
}

/** The layout that a file seems to have, where it is not the one that was asked for. */
function otherLayout({ unexpected, misshapen }: Fit, { layout, savedAs, names }: Scene): string | undefined {
  if (savedAs !== undefined) return savedAs === layout.name ? undefined : savedAs;
  if (unexpected.length === 0 && misshapen.length === 0) return undefined;
  const strange = unexpected.length > 0 ? unexpected : names;
  const looksLike = SIGNS.find(([, sign]) => strange.some((name) => sign.test(name)))?.[0];
  return looksLike === layout.name ? undefined : looksLike;
}

/** What only names of one library have. */
const SIGNS: readonly (readonly [layout: string, sign: RegExp])[] = [
  ["torch", /(?:^|\.)(?:weight|running_mean|in_proj_weight|weight_ih_l0)$/],
  ["flax", /^params[./]/],
  ["keras", /\/(?:kernel|gamma|beta|embeddings)(?::0)?$/],
];

/** The missing names are in the file, but for what stands in front or for spelling. */
function renamings({ missing, unexpected }: Fit): string[] {
  const surplus = prefixOf(unexpected, missing);
  if (surplus !== undefined) {
    const prefix = JSON.stringify(surplus);
    const isAll = unexpected.every((name) => name.startsWith(surplus));
    const rename = isAll
      ? `name.replace(${prefix}, "")`
      : `(name.startsWith(${prefix}) ? name.slice(${surplus.length}) : null)`;
    return [
      `What this model has stands below ${prefix} in the file: loadModel(model, source, { rename: (name) => ${rename} }).`,
    ];
  }
  const lacking = prefixOf(missing, unexpected);
  if (lacking !== undefined) {
    const part = lacking.replace(/\.$/, "");
    return [
      `The file holds what stands at ${part} here, and nothing else: load that alone, loadModel(node.${part}, source).`,
    ];
  }
  const free = new Set(missing);
  const pairs = unexpected.slice(0, SHOWN).flatMap((name) => {
    const meant = nearest(name, [...free]);
    if (meant === undefined) return [];
    free.delete(meant);
    return [`${JSON.stringify(name)}: ${JSON.stringify(meant)}`];
  });
  // Of models that are quite different some names resemble each other all the same.
  if (2 * pairs.length < Math.min(unexpected.length, missing.length, SHOWN)) return [];
  const more = unexpected.length > SHOWN ? ", …" : "";
  return [`If these are the same: loadModel(model, source, { rename: { ${pairs.join(", ")}${more} } }).`];
}

/** How many names a suggested table holds. */
const SHOWN = 6;

/** What stands in front of most of `longer` where `shorter` has nothing: whole parts of a path. */
function prefixOf(longer: readonly string[], shorter: readonly string[]): string | undefined {
  const ends = new Set(shorter);
  const counts = new Map<string, number>();
  for (const name of longer) {
    for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
      if (!ends.has(name.slice(dot + 1))) continue;
      const prefix = name.slice(0, dot + 1);
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  }
  const [best, count] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? ["", 0];
  return count > 0 && count >= Math.min(longer.length, shorter.length) / 2 ? best : undefined;
}

/** Whole parts of a container of which the file has nothing. */
function partOnly({ missing }: Fit, { leaves, names }: Scene): string[] {
  const parts = new Set(leaves.map(({ path }) => String(path[0])));
  const absent = [...parts].filter(
    (part) => !names.some((name) => name.startsWith(`${part}.`) || name === part),
  );
  const isWhole = missing.every((name) => absent.includes(name.split(".", 1)[0]!));
  if (absent.length === 0 || absent.length === parts.size || !isWhole) return [];
  const present = [...parts].filter((part) => !absent.includes(part));
  return [
    `The file has nothing of ${absent.join(", ")}. To load the others: ` +
      `loadModel({ ${present.map((part) => `${part}: node.${part}`).join(", ")} }, source).`,
  ];
}

/** @file How a module declares its modes: as data, from which come types, checks and texts. */
import { assertOptions } from "../checked-arguments.ts";
import { InvalidArgumentError } from "../errors.ts";

/** The types that a mode can have, with the TypeScript type of each. */
export interface ViewOptionTypes {
  boolean: boolean;
  /** Any finite number. */
  number: number;
  /** A whole number. */
  integer: number;
  string: string;
  "number[]": readonly number[];
}

/** The name of a mode's type. */
export type ViewOptionType = keyof ViewOptionTypes;

/** The declaration of one mode. */
export interface ViewOption {
  /** The type of its values, or several. */
  readonly type: ViewOptionType | readonly ViewOptionType[];
  /** What an explicit `null` resets it to; without one, `null` is an error. */
  readonly default?: ViewOptionTypes[ViewOptionType] | undefined;
  /** What it does, as `viewInfo` prints it, line by line. */
  readonly description: string;
}

/** The modes of a module by name. */
export type ViewOptions = Readonly<Record<string, ViewOption>>;

type ValueOf<T> = T extends readonly (infer U)[]
  ? ValueOf<U>
  : T extends ViewOptionType
    ? ViewOptionTypes[T]
    : never;

/** The argument of `setView` for declared modes: each may be missing or `undefined`, which leaves it unchanged. */
export type ViewArgs<O extends ViewOptions> = {
  -readonly [K in keyof O]?: ValueOf<O[K]["type"]> | undefined;
};

const CHECKS: { readonly [T in ViewOptionType]: (value: unknown) => boolean } = {
  boolean: (value) => typeof value === "boolean",
  number: (value) => typeof value === "number" && Number.isFinite(value),
  integer: (value) => Number.isInteger(value),
  string: (value) => typeof value === "string",
  "number[]": (value) => Array.isArray(value) && value.every((item) => typeof item === "number"),
};

/** The names of an option's types. */
function typesOf({ type }: ViewOption): readonly ViewOptionType[] {
  return typeof type === "string" ? [type] : type;
}

/** The type of an option as people write it: `boolean`, `integer | number[]`. */
export function formatViewType(option: ViewOption): string {
  return typesOf(option).join(" | ");
}

/** Whether `value` is of the option's type. */
export function fitsViewOption(option: ViewOption, value: unknown): boolean {
  return typesOf(option).some((type) => CHECKS[type](value));
}

/**
 * Declares the modes of a module, for its static property `viewOptions`:
 *
 * ```ts
 * class Noise extends Module {
 *   static readonly viewOptions = viewOptions({
 *     noisy: { type: "boolean", default: true, description: "if true, adds noise." },
 *   });
 *   noisy = true;
 *   setView({ noisy }: ViewArgs<typeof Noise.viewOptions>): void {
 *     if (noisy !== undefined) this.noisy = noisy;
 *   }
 * }
 * ```
 *
 * A subclass with modes of its own names its parent's too: `viewOptions({ ...Noise.viewOptions, … })`.
 *
 * @throws InvalidArgumentError for an unknown type or a default that is not of the option's type
 */
export function viewOptions<const O extends ViewOptions>(options: O): O {
  assertOptions(options, "viewOptions");
  for (const [name, option] of Object.entries<ViewOption>(options)) {
    assertOptions(option, `viewOptions: ${name}`);
    const unknown = typesOf(option).filter((type) => !Object.hasOwn(CHECKS, type));
    if (unknown.length > 0) {
      throw new InvalidArgumentError(
        `viewOptions: ${name} has the unknown type ${unknown.join(", ")}; types are ${Object.keys(CHECKS).join(", ")}.`,
      );
    }
    if (option.default !== undefined && !fitsViewOption(option, option.default)) {
      throw new InvalidArgumentError(
        `viewOptions: the default of ${name}, ${JSON.stringify(option.default)}, is no ${formatViewType(option)}.`,
      );
    }
  }
  return options;
}

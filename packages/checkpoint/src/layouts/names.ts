/** @file The names that a file holds, and how names of attributes are found among them. */

/** `inputProj` as Python spells it, `input_proj`. What is no plain camelCase, such as `Conv2d_1a`, stays as it is. */
export function snakeCase(name: string): string {
  return name
    .split(".")
    .map((part) => (/^[a-z][a-zA-Z0-9]*$/.test(part) ? wordsOf(part).join("_").toLowerCase() : part))
    .join(".");
}

function wordsOf(name: string): string[] {
  return name.split(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/);
}

/** What spellings of one name have in common: `lin1` and `lin_1`, `layers.0` and `layers_0`, `inputProj` and `input_proj`. */
function normalForm(name: string): string {
  return name
    .split(/[^a-zA-Z0-9]+|(?<=[a-zA-Z])(?=\d)|(?<=\d)(?=[a-zA-Z])/)
    .flatMap(wordsOf)
    .filter((word) => word !== "")
    .join("_")
    .toLowerCase();
}

/** The names of a file. A name is found as it is, in snake_case, or in another spelling where that leaves no doubt. */
export class FileNames {
  /** Names without what wrappers put into them, with those in the file. */
  readonly #exact = new Map<string, string>();
  readonly #spellings = new Map<string, Set<string>>();
  readonly #taken = new Map<string, string>();
  readonly #takesSpellings: boolean;

  /**
   * @param names the names in the file
   * @param plain what is left of a name without what wrappers put into it
   * @param before an earlier look at the same file: what it has found under its own name is taken
   */
  constructor(names: readonly string[], plain: (name: string) => string, before?: FileNames) {
    this.#takesSpellings = before !== undefined;
    if (before) this.#taken = new Map(before.#taken);
    for (const name of names) {
      const short = plain(name);
      // Of two names that differ by what wrappers put in, neither is meant.
      this.#exact.set(short, this.#exact.has(short) ? short : name);
      const form = normalForm(short);
      this.#spellings.set(form, (this.#spellings.get(form) ?? new Set()).add(name));
    }
  }

  /** The name in the file of what is called `name`, if it is there. */
  find(name: string): string | undefined {
    const exact = this.#exact.get(snakeCase(name)) ?? this.#exact.get(name);
    if (exact !== undefined) {
      this.#taken.set(exact, name);
      return exact;
    }
    if (!this.#takesSpellings) return undefined;
    const [found, ...others] = this.#spellings.get(normalForm(name)) ?? [];
    if (found === undefined || others.length > 0 || (this.#taken.get(found) ?? name) !== name)
      return undefined;
    this.#taken.set(found, name);
    return found;
  }

  /** Whether a name begins with `prefix`, as it is or in snake_case, and a dot. */
  hasBelow(prefix: string): boolean {
    const below = `${snakeCase(prefix)}.`;
    return [...this.#exact.keys()].some((name) => name.startsWith(below) || name.startsWith(`${prefix}.`));
  }
}

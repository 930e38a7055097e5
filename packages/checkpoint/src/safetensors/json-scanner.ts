/** @file Reads JSON piece by piece, as strictly as the safetensors library: duplicate keys show, depth costs nothing. */
import { FileFormatError } from "../errors.ts";
import { quoted } from "../quoted.ts";

/** How deep values may nest that are skipped. */
const MAX_DEPTH = 100;

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?\d[\d.eE+-]*/y;
const WORD = /true|false|null/y;
const WHOLE = /^(0|[1-9]\d*)$/;
const NUMERAL = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
// Control characters need escapes in JSON.
// oxlint-disable-next-line no-control-regex
const ESCAPED = /[\\\u0000-\u001f]/;

/** A place in a JSON text; each method takes one thing from there, or throws FileFormatError. */
export class JsonScanner {
  readonly #text: string;
  readonly #what: string;
  #at = 0;

  /** @param what what errors call the text, such as "a.safetensors: the header" */
  constructor(text: string, what: string) {
    this.#text = text;
    this.#what = what;
  }

  /**
   * The keys of an object, one after the other; the caller takes the value of each before it asks for the next.
   *
   * @throws FileFormatError also for a key that stands twice
   */
  *keys(of: string): Generator<string> {
    this.#expect("{", `${of} to be an object`);
    if (this.#take("}")) return;
    const seen = new Set<string>();
    do {
      const key = this.string(`a name in ${of}`);
      if (seen.has(key)) this.fail(`${quoted(key)} stands twice in ${of}`);
      seen.add(key);
      this.#expect(":", `":" after ${quoted(key)}`);
      yield key;
    } while (this.#take(","));
    this.#expect("}", `"," or "}" in ${of}`);
  }

  /** A list of whole numbers from 0 to 2^53 - 1. */
  sizes(of: string, maxLength: number): number[] {
    this.#expect("[", `${of} to be a list`);
    const sizes: number[] = [];
    if (this.#take("]")) return sizes;
    do {
      if (sizes.length === maxLength) this.fail(`${of} has more than ${maxLength} numbers`);
      sizes.push(this.#size(of));
    } while (this.#take(","));
    this.#expect("]", `"," or "]" in ${of}`);
    return sizes;
  }

  /** A text. */
  string(what: string): string {
    const literal = this.#literal();
    if (literal === undefined)
      this.fail(`expected ${what} to be a text in double quotes, found ${this.#next()}`);
    if (!ESCAPED.test(literal)) return literal.slice(1, -1);
    let text: string;
    try {
      text = JSON.parse(literal) as string;
    } catch {
      return this.fail(`${what} is no valid text of JSON: ${shorten(literal)}`);
    }
    if (/\p{Surrogate}/u.test(text)) this.fail(`${what} has half a surrogate pair: ${shorten(literal)}`);
    return text;
  }

  /** The literal of whatever stands here, checked to be balanced JSON. */
  value(of: string): string {
    this.#match(SPACE);
    const begin = this.#at;
    const closers: string[] = [];
    do {
      if (closers.length > MAX_DEPTH) this.fail(`${of} nests deeper than ${MAX_DEPTH}`);
      if (this.#take("{")) {
        closers.push("}");
        if (this.#take("}")) closers.pop();
        else {
          this.#key(of);
          continue;
        }
      } else if (this.#take("[")) {
        closers.push("]");
        if (this.#take("]")) closers.pop();
        else continue;
      } else this.#scalar(of);
      while (closers.length > 0 && !this.#take(",")) {
        this.#expect(closers.at(-1)!, `"," or "${closers.at(-1)}" in ${of}`);
        closers.pop();
      }
      if (closers.at(-1) === "}") this.#key(of);
    } while (closers.length > 0);
    return this.#text.slice(begin, this.#at);
  }

  /** Whether null stands here, which is taken then. */
  isNull(): boolean {
    this.#match(SPACE);
    if (!this.#text.startsWith("null", this.#at)) return false;
    this.#at += 4;
    return true;
  }

  /** Nothing but spaces may follow. */
  end(): void {
    this.#match(SPACE);
    if (this.#at < this.#text.length) this.fail(`expected it to end, found ${this.#next()}`);
  }

  /** Throws an error with the place. */
  fail(problem: string): never {
    throw new FileFormatError(`${this.#what}: ${problem} (character ${this.#at})`);
  }

  #key(of: string): void {
    this.string(`a name in ${of}`);
    this.#expect(":", `":" in ${of}`);
  }

  #scalar(of: string): void {
    this.#match(SPACE);
    if (this.#text[this.#at] === '"') this.string(`a text in ${of}`);
    else if (!NUMERAL.test(this.#match(NUMBER) ?? "") && !this.#match(WORD)) {
      this.fail(`expected a value in ${of}, found ${this.#next()}`);
    }
  }

  #size(of: string): number {
    this.#match(SPACE);
    const literal = this.#match(NUMBER);
    if (!literal) this.fail(`expected ${of} to hold numbers, found ${this.#next()}`);
    const value = Number(literal);
    if (WHOLE.test(literal) && Number.isSafeInteger(value)) return value;
    return this.fail(`expected ${of} to hold whole numbers from 0 to 2^53 - 1, found ${shorten(literal)}`);
  }

  /** From quote to quote. */
  #literal(): string | undefined {
    this.#match(SPACE);
    if (this.#text[this.#at] !== '"') return undefined;
    let end = this.#at;
    do {
      end = this.#text.indexOf('"', end + 1);
      if (end < 0) return undefined;
    } while (isEscaped(this.#text, end));
    const literal = this.#text.slice(this.#at, end + 1);
    this.#at = end + 1;
    return literal;
  }

  #take(character: string): boolean {
    this.#match(SPACE);
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string, what: string): void {
    if (!this.#take(character)) this.fail(`expected ${what}, found ${this.#next()}`);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #next(): string {
    return this.#at < this.#text.length ? shorten(this.#text.slice(this.#at, this.#at + 41)) : "its end";
  }
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** Whether an odd number of backslashes stands before `at`. */
function isEscaped(text: string, at: number): boolean {
  let begin = at;
  while (text[begin - 1] === "\\") begin--;
  return (at - begin) % 2 === 1;
}

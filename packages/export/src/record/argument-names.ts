/** @file What the arguments of a function are called. */

/** An identifier, with what TypeScript leaves of a default value. */
const PARAMETER = /^([A-Za-z_$][\w$]*)\s*(?:=[^]*)?$/;

/**
 * Names for `count` arguments: those that are given, then those that the text of `fn` has for its parameters, then
 * `arg0`, `arg1`, … by position.
 */
export function argumentNames(
  fn: (...args: never[]) => unknown,
  count: number,
  given: readonly string[] = [],
): string[] {
  const written = parametersOf(Function.prototype.toString.call(fn));
  return Array.from({ length: count }, (_, i) => given[i] ?? written[i] ?? `arg${i}`);
}

/** The names of the parameters in the text of a function; undefined where one is taken apart, or is a rest. */
function parametersOf(text: string): (string | undefined)[] {
  const single = /^(?:async\s+)?([A-Za-z_$][\w$]*)\s*=>/.exec(text);
  if (single) return [single[1]];
  const begin = text.indexOf("(");
  if (begin < 0 || /\[native code\]/.test(text)) return [];
  return splitAtCommas(text.slice(begin + 1)).map((part) => PARAMETER.exec(part.trim())?.[1]);
}

const OPENING = "([{";
const CLOSING = ")]}";

/** The parts between commas that stand in no brackets, up to the bracket that closes the list. */
function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let begin = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (OPENING.includes(character)) depth++;
    else if (character === "," && depth === 0) {
      parts.push(text.slice(begin, i));
      begin = i + 1;
    } else if (CLOSING.includes(character) && depth-- === 0) {
      parts.push(text.slice(begin, i));
      break;
    }
  }
  return parts;
}

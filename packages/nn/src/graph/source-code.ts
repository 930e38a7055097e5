/** @file The source text of a function or class without comments, strings and regular expressions. */

/** A run in which nothing else begins or ends. */
const PLAIN = /[^"'`/{}]*/y;
/** Comments and strings. */
const TEXT = /\/\*[\s\S]*?\*\/|\/\/.*|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'/y;
const PATTERN = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/\w*/y;
/** What can stand before a regular expression, where a slash is no division. */
const BEFORE_PATTERN =
  /(?:^|[(,;=:?!&|+\-*%^~<>[{]|\b(?:return|typeof|case|in|of|void|delete|instanceof|throw|yield|await|else|do))\s*$/;
/** The rest of a template: up to its end, or to the next expression in it. */
const TEMPLATE = /(?:\\[\s\S]|[^`\\$]|\$(?!\{))*(?:`|\$\{)/y;

/**
 * What is code in the source text of `fn`. Expressions inside templates are; each literal becomes a `0`.
 * A regular expression right after `)` or `}` is taken for a division.
 */
export function sourceCode(fn: object): string {
  const source = Function.prototype.toString.call(fn);
  let code = "";
  let at = 0;
  let depth = 0;
  /** For each template in progress, how many braces were open around it. */
  const templates: number[] = [];

  const skip = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const [found] = pattern.exec(source) ?? [];
    at += found?.length ?? 0;
    return found;
  };
  const skipTemplate = () => {
    const found = skip(TEMPLATE);
    if (found?.endsWith("${")) templates.push(depth++);
    code += " ";
  };

  while (at < source.length) {
    code += skip(PLAIN)!;
    if (at === source.length) break;
    const text = skip(TEXT);
    if (text !== undefined) {
      code += text.startsWith("/") ? " " : "0";
      continue;
    }
    const char = source[at]!;
    if (char === "/" && BEFORE_PATTERN.test(code.slice(-16)) && skip(PATTERN) !== undefined) {
      code += "0";
      continue;
    }
    at++;
    if (char === "`") {
      code += "0";
      skipTemplate();
      continue;
    }
    if (char === "{") depth++;
    else if (char === "}" && --depth === templates.at(-1)) {
      templates.pop();
      skipTemplate();
      continue;
    }
    code += char;
  }
  return code;
}

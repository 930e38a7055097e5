/** @file The answer to a drawing: one bar for each digit, and the spread of the draws with dropout on. */
import type { Answers } from "../../../protocol/events.ts";
import { formatPercent } from "../../format.ts";
import { type Spread, spreadsOf } from "./spread.ts";

const DIGITS = Array.from({ length: 10 }, (_, digit) => digit);

/** Bars, with numbers for those who do not see them. */
export function AnswerBars({ answer }: { answer: Answers["digit"] | null }) {
  const spreads = answer ? spreadsOf(answer.draws) : null;
  const best = answer ? answer.steady.indexOf(Math.max(...answer.steady)) : -1;
  return (
    <figure class="answer">
      <figcaption aria-live="polite">
        {answer ? (
          <>
            The eval view reads a <b class="eval-text">{best}</b>, {formatPercent(answer.steady[best]!)} sure.{" "}
            {spreads && (
              <>
                With dropout on, {answer.draws.length} draws: {range(spreads[best]!)}.
              </>
            )}
          </>
        ) : (
          "Draw a digit, or choose an example."
        )}
      </figcaption>
      <table class="bars">
        <thead class="hidden">
          <tr>
            <th scope="col">digit</th>
            <th scope="col">eval view, and the spread with dropout on</th>
          </tr>
        </thead>
        <tbody>
          {DIGITS.map((digit) => (
            <tr key={digit} class={digit === best ? "best" : undefined}>
              <th scope="row">{digit}</th>
              <td>
                <Bar steady={answer?.steady[digit] ?? 0} spread={spreads?.[digit]} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="muted key">
        <span class="key-bar" aria-hidden="true" /> eval view <span class="key-spread" aria-hidden="true" />{" "}
        the same weights with dropout on: least, half of the draws, most
      </p>
    </figure>
  );
}

function range({ least, most }: Spread): string {
  return `${formatPercent(least)} to ${formatPercent(most)}`;
}

function Bar({ steady, spread }: { steady: number; spread: Spread | undefined }) {
  const text = `${formatPercent(steady)}${spread ? `; ${range(spread)}` : ""}`;
  return (
    <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label={text}>
      <rect class="bar-steady" x="0" y="1" width={steady * 100} height="8" />
      {spread && (
        <>
          <path class="bar-range" d={`M${spread.least * 100} 5H${spread.most * 100}`} />
          <rect
            class="bar-half"
            x={spread.low * 100}
            y="3"
            width={Math.max((spread.high - spread.low) * 100, 0.6)}
            height="4"
          />
        </>
      )}
    </svg>
  );
}

/** @file Digits: draw one, and see what the two views make of it. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Answers } from "../../../protocol/events.ts";
import { faultOf } from "../../connection/fault-error.ts";
import { latest } from "../../connection/latest.ts";
import { ask } from "../../state/actions.ts";
import { report } from "../../state/faults.ts";
import { isReady } from "../../state/run.ts";
import type { PictureOf } from "../picture-of.ts";
import { AnswerBars } from "./answer.tsx";
import { Confusion } from "./confusion.tsx";
import { Drawing } from "./drawing.tsx";
import { Filters } from "./filters.tsx";

const DRAWS = 50;

/** The drawing and its answer, filters, and the confusion matrix. The answer follows the model as it learns. */
export function Digits({ picture }: { picture: PictureOf<"digits"> | null }) {
  const [answer, setAnswer] = useState<Answers["digit"] | null>(null);
  const pixels = useRef<Float32Array | null>(null);
  const [read] = useState(() =>
    latest(
      async (drawn: Float32Array) => {
        const next = await ask({ kind: "digit", pixels: drawn, draws: DRAWS });
        if (pixels.current) setAnswer(next);
      },
      (error) => report(faultOf(error)),
    ),
  );
  const isModelThere = isReady.value;
  useEffect(() => {
    if (isModelThere && pixels.current) void read(pixels.current);
  }, [picture, isModelThere]);

  return (
    <section class="card picture digits" aria-labelledby="picture-title">
      <h2 id="picture-title">Draw a digit</h2>
      <div class="digit-pair">
        <Drawing
          onDigit={(drawn) => {
            pixels.current = drawn;
            if (!drawn) setAnswer(null);
            else if (isModelThere) void read(drawn);
          }}
        />
        <AnswerBars answer={answer} />
      </div>
      <div class="digit-pair">
        <Filters picture={picture} />
        <Confusion picture={picture} />
      </div>
    </section>
  );
}

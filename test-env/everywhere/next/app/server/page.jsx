import { runCases } from "../../cases.mjs";

export const dynamic = "force-dynamic";

/** A server component: what it computes is in the page. */
export default async function Page() {
  const report = await runCases({ backends: ["cpu", "wasm"], path: "run.safetensors" });
  const json = JSON.stringify(report);
  return <script id="report" type="application/json" dangerouslySetInnerHTML={{ __html: json }} />;
}

import { program } from "../program.mjs";

export const dynamic = "force-dynamic";

/** A server component: what it computes is in the page. */
export default async function Page() {
  const report = JSON.stringify(await program());
  return <script id="report" type="application/json" dangerouslySetInnerHTML={{ __html: report }} />;
}

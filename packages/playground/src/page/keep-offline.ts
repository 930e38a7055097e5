/** @file Lets the page work without its server, once it has been there for a while. */

/** Not before the page has what it needs itself. */
const DELAY_MS = 15_000;

/** Has the browser keep the page's files; where it may not, the page works as long as its server does. */
export function keepOffline(): void {
  const { serviceWorker } = navigator;
  if (!import.meta.env.PROD || !serviceWorker) return;
  setTimeout(() => {
    serviceWorker.register(new URL("offline.js", document.baseURI)).catch(() => {});
  }, DELAY_MS);
}

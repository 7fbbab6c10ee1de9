/**
 * The library's door for a browser: that of `mod.ts`, with a backend whose files the page's server offers.
 * @module
 */
export { type BrowserFiles, type OpenBrowserBackend, openBrowserBackend } from "./backend/browser_io.ts";
export * from "./portable.ts";

/** Debian's Chromium, driven headless; pages it opens have no network. */
import { type Browser, chromium, type Page } from "playwright-core";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(isFile);

/** Why tests in a browser cannot run here, or nothing. With `CI=true` an absent browser is a failure. */
export function noBrowser(): string | undefined {
  if (CHROMIUM !== undefined) return undefined;
  const reason = "there is no Chromium in /usr/bin; Debian: apt-get install chromium";
  if (Deno.env.get("CI") === "true") throw new Error(`Tests in a browser cannot run: ${reason}`);
  return reason;
}

/** A browser with a profile of its own, which is removed with it. */
export async function openBrowser(more: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({
    executablePath: CHROMIUM!,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...more,
    ],
  });
}

/** What a page says and fetches besides itself while it is open. */
export interface PageWatch {
  /** Messages on its console, errors, and addresses it asked for. */
  readonly complaints: string[];
}

export function watchPage(page: Page, own: string): PageWatch {
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (url !== own && !url.startsWith("data:") && !url.startsWith("blob:")) {
      complaints.push(`request: ${url}`);
    }
  });
  return { complaints };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/**
 * The page's server: a process of its own that may read the files it serves and listen on one port of this machine,
 * nothing else. It gets one {@link ServeRequest} as JSON on standard input and ends when that is closed.
 */
import { timingSafeEqual } from "node:crypto";
import { sha256 } from "../../lib/base/digest.ts";

export interface ServeRequest {
  /** 0: one that is free; a port that is looked for beforehand may be taken until it is used. */
  readonly port: number;
  /** First part of every path: other users of this machine, who can reach the port too, do not know it. */
  readonly token: string;
  /** By the path that follows. */
  readonly routes: Readonly<Record<string, Route>>;
}

/** What stands at a path: a file, as it is now or only as long as it has this digest, or a text that is given here. */
export type Route =
  & { readonly type: string }
  & ({ readonly file: string; readonly sha256?: string } | { readonly text: string });

/** Nobody but this machine. */
const HOST = "127.0.0.1";

/**
 * Isolation from other pages is what gives a page shared memory. Scripts come from here alone, workers are made of them by
 * the page, and nothing can be sent anywhere else.
 */
const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-cache",
  "content-security-policy":
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:; connect-src 'self' blob:; style-src 'self'; " +
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "microphone=(self), camera=(), geolocation=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** The page is only for those who typed its address, whatever a name resolves to. */
export async function answer(
  request: Request,
  { port, token, routes }: ServeRequest,
): Promise<Response> {
  const url = new URL(request.url);
  const hosts = [HOST, "localhost"].map((name) => `${name}:${port}`);
  if (!hosts.includes(request.headers.get("host") ?? "")) return refuse(403, "Not for this host.");
  if (request.method !== "GET" && request.method !== "HEAD") {
    return refuse(405, "There is nothing but to read.");
  }
  const typed = url.pathname.split("/", 2)[1]!;
  if (!isSame(typed, token)) return refuse(403, "Only for who started it: open the address that it printed.");
  const path = url.pathname.slice(1 + typed.length);
  const route = Object.hasOwn(routes, path) ? routes[path]! : undefined;
  if (route === undefined) return refuse(404, "There is nothing here.");
  const headers = { ...HEADERS, "content-type": route.type };
  if ("text" in route) return new Response(request.method === "HEAD" ? null : route.text, { headers });
  try {
    if (route.sha256 !== undefined) {
      const bytes = await Deno.readFile(route.file);
      if (sha256(bytes) !== route.sha256) {
        return refuse(410, "This was changed on the disk: start the server again.");
      }
      const sized = { ...headers, "content-length": String(bytes.length) };
      return new Response(request.method === "HEAD" ? null : bytes, { headers: sized });
    }
    const file = await Deno.open(route.file);
    const { size } = await file.stat();
    const sized = { ...headers, "content-length": String(size) };
    if (request.method === "GET") return new Response(file.readable, { headers: sized });
    file.close();
    return new Response(null, { headers: sized });
  } catch {
    return refuse(404, "This is not there any more: start the server again.");
  }
}

/** Takes as long however much of it is right. */
function isSame(typed: string, token: string): boolean {
  const [a, b] = [typed, token].map((text) => new TextEncoder().encode(text));
  return a!.length === b!.length && timingSafeEqual(a!, b!);
}

function refuse(status: number, text: string): Response {
  return new Response(`${text}\n`, { status, headers: { ...HEADERS, "content-type": "text/plain" } });
}

async function main(): Promise<void> {
  const input = Deno.stdin.readable.pipeThrough(
    new TextDecoderStream() as TransformStream<Uint8Array, string>,
  ).getReader();
  let text = "";
  while (!text.endsWith("\n")) text += (await input.read()).value ?? "\n";
  const wanted = JSON.parse(text) as ServeRequest;
  const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
    { port: wanted.port, hostname: HOST, onListen: ({ port }) => console.log(JSON.stringify({ port })) },
    (request) => answer(request, { ...wanted, port: server.addr.port }),
  );
  while (!(await input.read()).done);
  await server.shutdown();
}

if (import.meta.main) await main();

/** Opens the shared cache that settings name. What is only needed for some is loaded only for these. */
import { type Remote, RemoteTrouble } from "./contract.ts";
import type { RemotePlace } from "./settings.ts";

/** Where a cache is, for people. */
export function locationOf(place: RemotePlace): string {
  switch (place.kind) {
    case "directory":
      return `file://${place.path}`;
    case "http":
      return place.url;
    case "s3":
      return `s3://${place.bucket}${place.prefix === "" ? "" : `/${place.prefix}`}`;
    default:
      throw place satisfies never;
  }
}

/** @throws {RemoteTrouble} `refused`: the keys or the token that it wants cannot be read. */
export async function openRemote(place: RemotePlace): Promise<Remote> {
  switch (place.kind) {
    case "directory":
      return (await import("./folder_io.ts")).folderRemote(place.path);
    case "http": {
      const { httpRemote, plainDialect } = await import("./http_io.ts");
      return httpRemote({ url: place.url, location: place.url, dialect: plainDialect(readToken()) });
    }
    case "s3":
      return (await import("./s3_io.ts")).s3Remote(place);
    default:
      throw place satisfies never;
  }
}

/** Of a server's writers: `STORE_REMOTE_TOKEN`, or the first line of the file that `STORE_REMOTE_TOKEN_FILE` names. */
export function readToken(): string | undefined {
  const token = Deno.env.get("STORE_REMOTE_TOKEN")?.trim();
  if (token) return token;
  const path = Deno.env.get("STORE_REMOTE_TOKEN_FILE");
  if (!path) return undefined;
  try {
    return Deno.readTextFileSync(path).trim().split("\n")[0];
  } catch {
    throw new RemoteTrouble(
      "refused",
      `the file that STORE_REMOTE_TOKEN_FILE names, ${path}, cannot be read`,
    );
  }
}

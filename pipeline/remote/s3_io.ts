/**
 * A shared cache in a bucket of S3, Amazon's or any server's that speaks as it does. Requests are signed (signature
 * version 4) with the SHA-256 of what they carry; nothing is listed, no checksums of its own are asked of a server, and
 * entity tags are not taken for digests. Loaded only where such a cache is used.
 */
import { AwsClient } from "aws4fetch";
import { sha256 } from "../../lib/base/digest.ts";
import { CACHE_FILE, type SharedObject } from "../engine/cache/shared_record.ts";
import { type Remote, RemoteTrouble } from "./contract.ts";
import { type S3Account, s3Account } from "./credentials.ts";
import { type CachePatience, type Dialect, Http, httpRemote, MOST_WHOLE_BYTES } from "./http_io.ts";

export interface S3Options {
  readonly bucket: string;
  /** Of all names in it, without slashes at its ends; it may be empty. */
  readonly prefix: string;
  /** Of a server that is not Amazon's; it wins over what the environment says. */
  readonly endpoint: string | null;
  readonly patience?: CachePatience;
}

/** Within so much a clock may be wrong. */
const SKEW_MINUTES = 15;

/** @throws {RemoteTrouble} `refused`: see {@link s3Account}. */
export function s3Remote({ bucket, prefix, endpoint, patience }: S3Options): Remote {
  const account = s3Account({
    env: (name) => Deno.env.get(name) || undefined,
    credentials: homeFile("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
    config: homeFile("AWS_CONFIG_FILE", "config"),
  });
  const location = `s3://${bucket}${prefix === "" ? "" : `/${prefix}`}`;
  const url = addressOf(bucket, prefix, endpoint ?? account.endpoint, account.region);
  const dialect = s3Dialect(account, url, patience);
  return httpRemote({ url, location, dialect, ...(patience === undefined ? {} : { patience }) });
}

/** A bucket's own host at Amazon, where its name can be one; else it is the first part of the path. */
function addressOf(bucket: string, prefix: string, endpoint: string | undefined, region: string): string {
  const isHost = /^[a-z0-9][a-z0-9-]*[a-z0-9]$/.test(bucket);
  const host = endpoint?.replace(/\/+$/, "") ??
    (isHost ? `https://${bucket}.s3.${region}.amazonaws.com` : `https://s3.${region}.amazonaws.com`);
  const parts = [...(endpoint === undefined && isHost ? [] : [bucket]), ...prefix.split("/").filter(Boolean)];
  return [host, ...parts.map(encodeURIComponent)].join("/");
}

function s3Dialect({ keys, region }: S3Account, url: string, patience?: CachePatience): Dialect {
  const client = keys === undefined
    ? undefined
    : new AwsClient({ ...keys, region, service: "s3", retries: 0 });
  const http = () =>
    new Http({ url, location: url, dialect, ...(patience === undefined ? {} : { patience }) });
  let readable: Promise<boolean> | undefined;
  /**
   * Whether reading is allowed at all: who may not list is told of each missing name that access is denied. The cache's own
   * file is there since the first thing was put.
   */
  const mayRead = (): Promise<boolean> =>
    readable ??= http().ask("GET", CACHE_FILE).then(async (answer) => {
      if (answer instanceof Response) await answer.body?.cancel();
      return answer !== "absent";
    });
  const dialect: Dialect = {
    saysWhatItIs: false,
    async sign({ method, url, headers, body, bodySha256 }) {
      // Not signed: what is between here and the server may change it.
      const { "accept-encoding": encoding, ...signed } = headers;
      const init = {
        method,
        headers: { ...signed, "x-amz-content-sha256": bodySha256 },
        ...(body === undefined ? {} : { body }),
      };
      const request = client === undefined ? new Request(url, init) : await client.sign(url, init);
      if (encoding !== undefined) request.headers.set("accept-encoding", encoding);
      return request;
    },
    async judge(answer, { method, url: asked }) {
      const { code, skewMinutes } = await errorOf(answer);
      const { status } = answer;
      if (status === 404 && code !== "NoSuchBucket" && code !== "NoSuchUpload") return "absent";
      if (status === 412) return "exists";
      if (status === 409 && code === "ConditionalRequestConflict") return "busy";
      if (
        status === 403 && method !== "PUT" && method !== "POST" && (code === "AccessDenied" || code === "")
      ) {
        if (asked !== `${url}/${CACHE_FILE}` && await mayRead()) return "absent";
        throw new RemoteTrouble(
          "refused",
          `it denies access${
            keys === undefined ? ", and no keys of S3 are in the environment or ~/.aws" : ""
          }: either this ` +
            `user may not read there, or nothing was ever put there and this user may not list it`,
        );
      }
      throw new RemoteTrouble(
        "refused",
        wordsOf(status, code, answer.headers, skewMinutes, keys === undefined),
      );
    },
    putLarge: (http, name, object, path) => putInParts(http, name, object, path),
  };
  return dialect;
}

/** Answers to HEAD have no body, and so no code. */
async function errorOf(answer: Response): Promise<{ readonly code: string; readonly skewMinutes: number }> {
  const text = await answer.text();
  const date = Date.parse(answer.headers.get("date") ?? "");
  return {
    code: /<Code>([A-Za-z0-9]+)<\/Code>/.exec(text)?.[1] ?? "",
    skewMinutes: Number.isNaN(date) ? 0 : Math.round(Math.abs(Date.now() - date) / 60_000),
  };
}

/** Nothing of the answer but its code is told: some servers repeat there what was signed. */
function wordsOf(
  status: number,
  code: string,
  headers: Headers,
  skewMinutes: number,
  anonymous: boolean,
): string {
  if (code === "RequestTimeTooSkewed" || (status === 403 && skewMinutes >= SKEW_MINUTES)) {
    return `this machine's clock and that of the server are ${skewMinutes} minutes apart: set the clock`;
  }
  const region = headers.get("x-amz-bucket-region");
  if (region !== null && [301, 307, 400].includes(status)) {
    return `the bucket is in the region ${region}: set AWS_REGION to it`;
  }
  switch (code) {
    case "NoSuchBucket":
      return "there is no such bucket";
    case "InvalidAccessKeyId":
    case "SignatureDoesNotMatch":
    case "InvalidToken":
      return `it does not know the keys that are in the environment or ~/.aws (${code})`;
    case "ExpiredToken":
      return "the session token has expired: get a new one";
    case "AccessDenied":
      return `it denies access${anonymous ? ", and no keys of S3 are in the environment or ~/.aws" : ""}`;
    default:
      return `it answers with status ${status}${code === "" ? "" : ` (${code})`}`;
  }
}

/**
 * In parts, as what is larger than 5 GB has to be, and as a stream without a length is refused. What was begun is taken
 * back if it cannot be ended: parts cost storage and are not seen.
 */
async function putInParts(http: Http, name: string, { bytes }: SharedObject, path: string): Promise<void> {
  const begun = await http.ask("POST", name, { query: "?uploads" });
  if (!(begun instanceof Response)) throw new RemoteTrouble("refused", "it takes no uploads in parts");
  const id = /<UploadId>([^<]+)<\/UploadId>/.exec(await begun.text())?.[1];
  if (id === undefined) throw new RemoteTrouble("refused", "it takes no uploads in parts");
  const upload = `uploadId=${encodeURIComponent(unescaped(id))}`;
  try {
    // At most 10,000 parts.
    const partBytes = Math.max(MOST_WHOLE_BYTES, Math.ceil(bytes / 9_000));
    const tags: string[] = [];
    using file = await Deno.open(path, { read: true });
    for (let at = 0; at < bytes; at += partBytes) {
      const body = new Uint8Array(Math.min(partBytes, bytes - at));
      for (let have = 0; have < body.length;) {
        const read = await file.read(body.subarray(have));
        if (read === null) throw new RemoteTrouble("wrong", "the file became shorter while it was sent");
        have += read;
      }
      const query = `?partNumber=${tags.length + 1}&${upload}`;
      const answer = await http.ask("PUT", name, { query, body, bodySha256: sha256(body) });
      const tag = answer instanceof Response ? answer.headers.get("etag") : null;
      if (answer instanceof Response) await answer.body?.cancel();
      if (tag === null) throw new RemoteTrouble("refused", "it takes no parts");
      tags.push(tag);
    }
    const list = tags.map((tag, i) =>
      `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escaped(tag)}</ETag></Part>`
    );
    const body = new TextEncoder().encode(
      `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${
        list.join("")
      }</CompleteMultipartUpload>`,
    );
    const ended = await http.ask("POST", name, { query: `?${upload}`, body, bodySha256: sha256(body) });
    // A success may still turn out to be none: the status is sent before the parts are joined.
    const text = ended instanceof Response ? await ended.text() : "<Error>";
    if (text.includes("<Error>")) throw new RemoteTrouble("unreachable", "it could not join the parts");
  } catch (error) {
    await http.ask("DELETE", name, { query: `?${upload}` }).then(
      (answer) => answer instanceof Response ? answer.body?.cancel() : undefined,
      () => {}, // the bucket's own rule for unfinished uploads has to
    );
    throw error;
  }
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

function unescaped(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll(
    "&amp;",
    "&",
  );
}

/** The text of a file of `~/.aws`, or of the one that a variable names; empty if there is none. */
function homeFile(variable: string, name: string): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE");
  const path = Deno.env.get(variable) || (home === undefined ? undefined : `${home}/.aws/${name}`);
  if (path === undefined) return "";
  try {
    return Deno.readTextFileSync(path.replace(/^~(?=\/)/, home ?? "~"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return "";
    throw new RemoteTrouble("refused", `${path} cannot be read`);
  }
}

/** Which cache results are shared through: `conf/store.yaml` and what is typed as `store.KEY=VALUE`. No part of any key. Pure. */
import { z } from "zod";
import { UserError } from "../../lib/base/errors.ts";
import { type Json, ownField, setField } from "../../lib/base/json.ts";
import { suggestion } from "../../lib/base/nearest.ts";
import { ONCE } from "../../lib/base/record.ts";
import { wanted } from "../../lib/base/schema_words.ts";
import type { ConfReader } from "../config/compose.ts";
import type { Override } from "../config/override.ts";

const GROUP = "store";

const schema = z.strictObject({
  remote: z.string().min(1).nullable(),
  push: z.boolean(),
  endpoint: z.string().min(1).nullable(),
});

/** Where a cache is. */
export type RemotePlace =
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "http"; readonly url: string }
  /** @property endpoint Null: as the environment says. */
  | {
    readonly kind: "s3";
    readonly bucket: string;
    readonly prefix: string;
    readonly endpoint: string | null;
  };

export interface StoreSettings {
  readonly remote: RemotePlace | null;
  /** Whether what is made here is put there. */
  readonly push: boolean;
}

/** Whether an override speaks of the store and not of a run. */
export function isStoreOverride({ path }: Override): boolean {
  return path[0] === GROUP;
}

/**
 * @param typed All overrides; those of the store count.
 * @throws {UserError} "bad-config": an unknown key, a wrong value, several values for one key, an address that is none.
 */
export function storeSettings(reader: ConfReader, typed: readonly Override[]): StoreSettings {
  const source = reader.main(GROUP);
  const overrides = typed.filter(isStoreOverride);
  const values = structuredClone(source.values) as Record<string, Json>;
  for (const { path, values: given, text } of overrides) {
    if (path.length !== 2 || given.length !== 1) {
      throw new UserError(
        "bad-config",
        `Cannot use ${text}: wanted one value of a key of ${GROUP}, as in ${GROUP}.push=true.`,
      );
    }
    setField(values, path[1]!, given[0]!);
  }
  const placeOf = (key: string): string => {
    const line = source.line([key]);
    return overrides.findLast(({ path }) => path[1] === key)?.text ??
      (line === undefined ? source.file : `${source.file}:${line}`);
  };
  const fail = (key: string, what: string): never => {
    throw new UserError("bad-config", `${placeOf(key)}: ${GROUP}.${key}: ${what}.`);
  };
  const result = schema.safeParse(values, ONCE);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    if (issue.code === "unrecognized_keys") {
      const key = issue.keys[0]!;
      const others = Object.keys(schema.shape);
      throw new UserError(
        "bad-config",
        `${placeOf(key)}: unknown key ${GROUP}.${key}.${suggestion(key, others)}`,
      );
    }
    const key = String(issue.path[0]);
    return fail(key, `wanted ${wanted(issue, [])}, found ${JSON.stringify(ownField(values, key) ?? null)}`);
  }
  const { remote, push, endpoint } = result.data;
  if (remote === null && push) fail("push", "wanted store.remote beside it, which says where to");
  if (endpoint !== null && !isPlainUrl(endpoint)) {
    fail("endpoint", "wanted http://HOST or https://HOST and nothing secret");
  }
  return { remote: remote === null ? null : placeIn(remote, endpoint, (what) => fail("remote", what)), push };
}

function placeIn(text: string, endpoint: string | null, fail: (what: string) => never): RemotePlace {
  const url = URL.parse(text);
  if (url === null) return fail("wanted http://, https://, s3:// or file:/// and a place");
  if (url.username !== "" || url.password !== "") {
    return fail(
      "wanted no name and password in the address, which logs and histories would keep: keys of S3 come from " +
        "AWS_ACCESS_KEY_ID or ~/.aws, the token of a server from STORE_REMOTE_TOKEN",
    );
  }
  if (url.search !== "" || url.hash !== "") return fail("wanted an address without ? and #");
  const path = url.pathname.replace(/\/+$/, "");
  switch (url.protocol) {
    case "file:":
      if (url.host !== "") return fail("wanted file:/// with three slashes and an absolute path");
      return { kind: "directory", path: decodeURIComponent(path) };
    case "http:":
    case "https:":
      return { kind: "http", url: `${url.origin}${path}` };
    case "s3:":
      if (url.host === "" || url.port !== "") return fail("wanted s3://BUCKET or s3://BUCKET/PREFIX");
      return {
        kind: "s3",
        bucket: url.hostname,
        prefix: decodeURIComponent(path.replace(/^\/+/, "")),
        endpoint,
      };
    default:
      return fail(`wanted http://, https://, s3:// or file:///, found ${url.protocol}//`);
  }
}

function isPlainUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "" &&
    url.search === "";
}

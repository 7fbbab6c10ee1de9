import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { openConf } from "../../../pipeline/config/conf_io.ts";
import { parseOverride } from "../../../pipeline/config/override.ts";
import { storeSettings } from "../../../pipeline/remote/settings.ts";

const conf = openConf(new URL("../../../conf", import.meta.url).pathname);
const settings = (...typed: string[]) => storeSettings(conf, typed.map(parseOverride));

Deno.test("storeSettings() shares nothing unless told to", () => {
  assertEquals(settings(), { remote: null, push: false });
  assertEquals(settings("seed=1", "model=linear"), { remote: null, push: false });
});

const places: readonly (readonly [string, object])[] = [
  ["file:///srv/the%20cache/", { kind: "directory", path: "/srv/the cache" }],
  ["http://lab:8470", { kind: "http", url: "http://lab:8470" }],
  ["https://lab.example.org/cache/", { kind: "http", url: "https://lab.example.org/cache" }],
  ["s3://bucket", { kind: "s3", bucket: "bucket", prefix: "", endpoint: null }],
  ["s3://bucket/a/b/", { kind: "s3", bucket: "bucket", prefix: "a/b", endpoint: null }],
];
for (const [text, place] of places) {
  Deno.test(`storeSettings() reads ${text}`, () => {
    assertEquals(
      settings(`store.remote=${text}`, "store.push=true"),
      { remote: place, push: true } as unknown,
    );
  });
}

Deno.test("storeSettings() takes an endpoint for S3", () => {
  const typed = ["store.remote=s3://b/p", "store.endpoint=http://127.0.0.1:9000"];
  assertEquals(settings(...typed).remote, {
    kind: "s3",
    bucket: "b",
    prefix: "p",
    endpoint: "http://127.0.0.1:9000",
  });
});

const refused: readonly (readonly [string, readonly string[], string])[] = [
  ["an unknown key", ["store.remot=s3://b"], 'unknown key store.remot. Did you mean "remote"?'],
  [
    "a folder without file:",
    ["store.remote=/srv/cache"],
    "wanted http://, https://, s3:// or file:/// and a place",
  ],
  ["another protocol", ["store.remote=ftp://lab"], "found ftp://"],
  ["a password in an address", ["store.remote=https://me:pass@lab"], "STORE_REMOTE_TOKEN"],
  ["keys in a bucket's address", ["store.remote=s3://id:key@bucket"], "AWS_ACCESS_KEY_ID"],
  ["a token in a query", ["store.remote=https://lab/?token=1"], "without ? and #"],
  ["a relative folder", ["store.remote=file://cache"], "three slashes"],
  ["a push to nowhere", ["store.push=true"], "wanted store.remote beside it"],
  ["a word for true", ["store.remote=s3://b", "store.push=yes"], "wanted true or false"],
  ["several places", ["store.remote=s3://a,s3://b"], "wanted one value"],
  ["a password in an endpoint", ["store.remote=s3://b", "store.endpoint=https://a:b@lab"], "nothing secret"],
];
for (const [name, typed, wanted] of refused) {
  Deno.test(`storeSettings() refuses ${name}`, () => {
    const { message } = assertThrows(() => settings(...typed), UserError, wanted);
    assertEquals(/pass@|:key@/.test(message.split(": ").slice(1).join()), false, message);
  });
}

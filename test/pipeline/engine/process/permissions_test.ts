import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../../lib/base/errors.ts";
import { packageFolders } from "../../../../pipeline/engine/code/packages_io.ts";
import { denoArguments, stageEnvironment } from "../../../../pipeline/engine/process/permissions.ts";
import type { TaskPermissions } from "../../../../pipeline/engine/types.ts";
import { parseStageLine } from "../../../../pipeline/engine/process/stage_output.ts";

const ROOT = new URL("../../../..", import.meta.url).pathname.replace(/\/$/, "");
const NONE = { net: [], env: [], packages: [] };
const command = {
  projectRoot: "/p",
  module: "stages/s.ts",
  request: { inputs: { a: "/store/a" }, outDir: "/store/out", partialDir: "/store/partial" },
  permissions: NONE,
  packageFolders: ["/npm/x"],
  v8Flags: [],
};

Deno.test("denoArguments() grants what the task lists and nothing more", () => {
  assertEquals(denoArguments(command), [
    "run",
    "--no-prompt",
    "--quiet",
    "--frozen",
    "--no-remote",
    "--cached-only",
    "--config=/p/deno.json",
    "--allow-read=/store/a,/store/out,/store/partial,/p/lib,/p/pipeline,/p/deno.json,/npm/x",
    "--allow-write=/store/out,/store/partial",
    "/p/stages/s.ts",
  ]);
  const more = denoArguments({
    ...command,
    permissions: { ...NONE, net: ["a:443", "b"], env: ["X"] },
    v8Flags: ["--f"],
  });
  assertEquals(more.slice(9, -1), ["--allow-net=a:443,b", "--allow-env=X", "--v8-flags=--f"]);
});

for (const bad of ["/store/a,/etc", "/a,", ",", ""]) {
  Deno.test(`denoArguments() refuses ${JSON.stringify(bad)}, which would grant something else`, () => {
    const request = { ...command.request, inputs: { a: bad } };
    assertThrows(() => denoArguments({ ...command, request }), UserError, JSON.stringify(bad));
    const refuses = (permissions: Partial<TaskPermissions>) =>
      assertThrows(() => denoArguments({ ...command, permissions: { ...NONE, ...permissions } }), UserError);
    refuses({ net: ["b", bad] });
    refuses({ env: [bad] });
    refuses({ read: [bad] });
    assertThrows(() => denoArguments({ ...command, packageFolders: [bad] }), UserError);
  });
}

Deno.test("stageEnvironment() passes what is listed, and proxies only to who may use the network", () => {
  const all = { HOME: "/h", SECRET: "s", WANTED: "w", HTTPS_PROXY: "p", PATH: "/bin" };
  assertEquals(stageEnvironment(NONE, all), { HOME: "/h", PATH: "/bin", NO_COLOR: "1" });
  const granted = stageEnvironment({ ...NONE, net: ["a"], env: ["WANTED", "UNSET"] }, all);
  assertEquals(granted, { HOME: "/h", PATH: "/bin", HTTPS_PROXY: "p", WANTED: "w", NO_COLOR: "1" });
});

Deno.test("packageFolders() finds the folder of a package without loading it", async () => {
  const folders = await packageFolders(ROOT, ["zod"]);
  const config = JSON.parse(Deno.readTextFileSync(`${ROOT}/deno.json`));
  const [folder] = folders.get("zod")!;
  const found = JSON.parse(Deno.readTextFileSync(`${folder}/package.json`));
  assertEquals(`npm:${found.name}@${found.version}`, config.imports.zod);
});

const lines: readonly (readonly [string, string, string | undefined])[] = [
  ["done", '{"type":"done","environment":{"v8":"15.0"}}', "done"],
  ["done without a word of where", '{"type":"done"}', undefined],
  ["done with facts that are no texts", '{"type":"done","environment":{"v8":15}}', undefined],
  ["a failure", '{"type":"failed","reason":"bad-file","message":"m"}', "failed"],
  ["progress", '{"type":"progress","progress":{"done":1,"total":2,"unit":"x"}}', "progress"],
  ["a note", '{"type":"note","level":"info","message":"m"}', "note"],
  ["plain text", "hello", undefined],
  ["other JSON", '{"a":1}', undefined],
  ["an unknown type", '{"type":"other"}', undefined],
  ["half a message", '{"type":"done"', undefined],
  ["progress without numbers", '{"type":"progress","progress":null}', undefined],
  ["a failure without words", '{"type":"failed"}', undefined],
];
for (const [name, line, type] of lines) {
  Deno.test(`parseStageLine() knows ${name}`, () => assertEquals(parseStageLine(line)?.type, type));
}

/** The lock file of what runs models is that of all else, and what the runtime needs besides. */
import { assert, assertEquals } from "@std/assert";

interface Lock {
  readonly version: string;
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<Record<string, { readonly integrity: string }>>;
}

const read = (path: string): Lock =>
  JSON.parse(Deno.readTextFileSync(new URL(`../../../${path}`, import.meta.url)));

Deno.test("the runtime's lock file holds all that deno.lock holds, and onnxruntime-web alone besides", () => {
  const [all, apart] = [read("deno.lock"), read("lib/onnx/onnxruntime-web.lock")];
  const advice =
    "copy deno.lock there, then deno cache --lock=lib/onnx/onnxruntime-web.lock --frozen=false " +
    "lib/onnx/session_io.ts and npm:onnxruntime-web at the version that it imports";
  assertEquals(apart.version, all.version);
  for (const [id, { integrity }] of Object.entries(all.npm)) {
    assertEquals(apart.npm[id]?.integrity, integrity, `${id}: ${advice}`);
  }
  const more = Object.keys(apart.specifiers).filter((own) => !Object.hasOwn(all.specifiers, own));
  assertEquals(more.length, 1, advice);
  assert(more[0]!.startsWith("npm:onnxruntime-web@"));
  const session = Deno.readTextFileSync(new URL("../../../lib/onnx/session_io.ts", import.meta.url));
  assert(session.includes(`"${more[0]}/wasm"`), `${more[0]} is not what lib/onnx/session_io.ts imports`);
});

import { assert, assertEquals } from "@std/assert";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import { factsHere } from "../../../lib/backend/facts_io.ts";

Deno.test("facts of this process are those that are asked for, as far as they are known", async () => {
  const { v8, deno } = Deno.version;
  assertEquals(await factsHere(["v8", "deno", "toString"]), { v8, deno });
  assertEquals(await factsHere([]), {});
});

Deno.test("a backend says what decides its last bits", async () => {
  assertEquals((await openBackend("cpu")).facts, {});
  assertEquals((await openBackend("wasm")).facts, await factsHere(["multiply_add"]));
});

Deno.test("whether a product is rounded before it is added to is found out", async () => {
  if (Deno.build.arch !== "x86_64") return; // elsewhere V8 has no such option
  const script = new URL("../../../lib/backend/multiply_add.ts", import.meta.url);
  const told = async (flag: string) => {
    const code = `import { multiplyAdd } from ${JSON.stringify(script.href)}; console.log(multiplyAdd());`;
    const args = ["eval", `--v8-flags=${flag}`, code];
    return new TextDecoder().decode((await new Deno.Command(Deno.execPath(), { args }).output()).stdout)
      .trim();
  };
  assertEquals(await told("--no-enable-fma3"), "rounded twice");
  const [plain, fast] = [await told("--enable-fma3"), await told("--experimental-wasm-revectorize")];
  assert(plain === "fused" || plain === "rounded twice", plain);
  assertEquals(fast, plain);
});

import { assertEquals } from "@std/assert";
import { toFileUrl } from "@std/path";
import { writeKernels } from "../../../../lib/kernels/wasm/build_io.ts";

const COMMITTED = new URL("../../../../lib/kernels/wasm/", import.meta.url);

Deno.test("writeKernels() makes the committed modules again, byte for byte", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const built = toFileUrl(`${folder}/`);
    await writeKernels(built);
    for (const name of ["modules.ts", "kernels.wasm", "kernels_shared.wasm"]) {
      const [now, committed] = [
        await Deno.readFile(new URL(name, built)),
        await Deno.readFile(new URL(name, COMMITTED)),
      ];
      assertEquals(now.length, committed.length, name);
      assertEquals(now.every((byte, i) => byte === committed[i]), true, `${name} differs`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the compiled modules import nothing but memory", async () => {
  for (const name of ["kernels.wasm", "kernels_shared.wasm"]) {
    const module = new WebAssembly.Module(await Deno.readFile(new URL(name, COMMITTED)));
    assertEquals(WebAssembly.Module.imports(module).map((i) => `${i.module}.${i.name}`), ["env.memory"]);
  }
});

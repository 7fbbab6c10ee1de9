import { assert, assertEquals, assertThrows } from "@std/assert";
import { withSharedMemory } from "../../../../lib/kernels/wasm/share_memory.ts";

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const CUSTOM_SECTION = [0, 3, 1, 0x78, 0];
const EXPORT_MEMORY = [7, 5, 1, 1, 0x6d, 2, 0];

Deno.test("withSharedMemory() makes the memory shared by changing one byte", () => {
  const module = new Uint8Array([...HEADER, ...CUSTOM_SECTION, 5, 5, 1, 1, 1, 0x80, 2, ...EXPORT_MEMORY]);
  const shared = withSharedMemory(module)!;
  assertEquals(shared.filter((byte, i) => byte !== module[i]).length, 1);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(shared));
  assert((exports["m"] as WebAssembly.Memory).buffer instanceof SharedArrayBuffer);
});

Deno.test("withSharedMemory() returns null when there is no memory, or one without a maximum", () => {
  assertEquals(withSharedMemory(new Uint8Array([...HEADER, ...CUSTOM_SECTION])), null);
  assertEquals(withSharedMemory(new Uint8Array([...HEADER, 5, 3, 1, 0, 1])), null);
});

Deno.test("withSharedMemory() throws when the module is cut short", () => {
  assertThrows(() => withSharedMemory(new Uint8Array([...HEADER, 5])), RangeError, "ends within a number");
});

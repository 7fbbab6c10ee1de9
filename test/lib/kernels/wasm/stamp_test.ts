import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { compiledUnit } from "../../../../lib/kernels/wasm/compiled_unit.ts";
import { wasmKernels } from "../../../../lib/kernels/wasm/runtime.ts";
import { openStamped, stamped } from "../../../../lib/kernels/wasm/stamp.ts";
import { openForTest } from "../../../support/backends.ts";

const EMPTY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

Deno.test("openStamped() tells the units that a module was stamped with, few or many", async () => {
  for (const count of [0, 1, 40]) {
    const units = new Map(Array.from({ length: count }, (_, i) => [`unit_${i}`, `${i}`.padStart(64, "0")]));
    const made = await openStamped(await stamped(EMPTY, units));
    assertEquals(made.units, units);
  }
});

Deno.test("openStamped() refuses a module without a stamp, and one that has changed since", async () => {
  await assertRejects(() => openStamped(EMPTY), Error, "do not say what they were made from");
  const module = await Deno.readFile(new URL("../../../../lib/kernels/wasm/kernels.wasm", import.meta.url));
  module[module.length >> 1]! ^= 1;
  await assertRejects(() => openStamped(module), Error);
});

Deno.test({
  name: "kernels refuse to run a function whose code is another than the operation was built with",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await openForTest("wasm");
    for (const name of ["linear", "nothing"]) {
      const { columnSums } = compiledUnit({ name, digest: "0".repeat(64), functions: ["columnSums"] });
      assertThrows(() => wasmKernels()!.run(columnSums, 1, []), Error, `have ${name} as`);
    }
    assertEquals(tf.getBackend(), "wasm");
  },
});

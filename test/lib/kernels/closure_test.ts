/** What an operation's code consists of: its own kernels and those it is made of, no others. */
import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { openCode } from "../../../pipeline/engine/code/closure_io.ts";

const code = openCode(fromFileUrl(new URL("../../../", import.meta.url)));

/** Below every operation: how it is defined and composed, and what runs kernels. */
const SHARED = ["operation", "standard", "wasm", "webgpu"];

/** Folders of `lib/kernels` that modules reach, without those that all share. */
function operationsOf(...modules: readonly string[]): string[] {
  const folders = modules.flatMap((module) =>
    Object.keys(code.manifest(module).files).flatMap((file) => /^lib\/kernels\/(\w+)\//.exec(file)?.[1] ?? [])
  );
  return [...new Set(folders)].filter((folder) => !SHARED.includes(folder)).sort();
}

Deno.test("an operation reaches no kernels but its own and those of what it is made of", () => {
  const alone = ["band_energies", "channel_dropout", "frequency_mean", "swish"];
  for (const name of alone) assertEquals(operationsOf(`lib/kernels/${name}/op.ts`), [name]);
  for (
    const [name, others] of Object.entries({
      linear: ["matrices"],
      mel_log: ["matrices"],
      softmax_cross_entropy: ["matrices"],
      ctc_loss: ["matrices"],
      framed_power: [],
      lstm: ["linear", "matrices"],
      pointwise_conv: ["linear", "matrices"],
      input_conv: ["batch_norm", "matrices"],
      last_conv: ["batch_norm", "matrices"],
      adam: ["optimizer_step"],
      sgd_momentum: ["optimizer_step"],
    })
  ) {
    assertEquals(operationsOf(`lib/kernels/${name}/op.ts`), [name, ...others].sort());
  }
});

Deno.test("what opens a backend reaches no operation", () => {
  assertEquals(operationsOf("lib/backend/backend_io.ts", "lib/backend/browser_io.ts"), []);
});

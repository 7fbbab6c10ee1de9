/** What an operation's code consists of: its own kernels and those it is made of, no others. */
import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { openCode } from "../../../pipeline/engine/code/closure_io.ts";

const code = openCode(fromFileUrl(new URL("../../../", import.meta.url)));

/** What a keyword spotter of either model computes with, its front-end and its training included. */
const KEYWORD_SPOTTERS = [
  ...["linear", "bc_resnet"].map(headOf),
  ...["framed_power", "mel_log", "band_energies", "softmax_cross_entropy", "sgd_momentum"].map(opOf),
  "lib/backend/backend_io.ts",
];

/** Below every operation: how it is defined and composed, and what runs kernels. */
const SHARED = ["operation", "standard", "wasm", "webgpu"];

function headOf(model: string): string {
  return `lib/models/${model}/heads/clip.ts`;
}

function opOf(name: string): string {
  return `lib/kernels/${name}/op.ts`;
}

/** Folders of `lib/kernels` that modules reach, without those that all share. */
function operationsOf(...modules: readonly string[]): string[] {
  const folders = modules.flatMap((module) =>
    Object.keys(code.manifest(module).files).flatMap((file) => /^lib\/kernels\/(\w+)\//.exec(file)?.[1] ?? [])
  );
  return [...new Set(folders)].filter((folder) => !SHARED.includes(folder)).sort();
}

Deno.test("an operation reaches no kernels but its own and those of what it is made of", () => {
  const alone = ["band_energies", "channel_dropout", "frequency_mean", "swish"];
  for (const name of alone) assertEquals(operationsOf(opOf(name)), [name]);
  for (
    const [name, others] of Object.entries({
      linear: ["matrices"],
      mel_log: ["matrices"],
      softmax_cross_entropy: ["matrices"],
      ctc_loss: ["matrices"],
      framed_power: [],
      gabor_energies: ["framed_power", "matrices", "pooled_filters", "spectrum"],
      lstm: ["linear", "matrices"],
      pcen: [],
      pointwise_conv: ["batch_norm", "linear", "matrices"],
      pooled_filters: ["framed_power", "matrices", "spectrum"],
      input_conv: ["batch_norm", "matrices"],
      last_conv: ["batch_norm", "matrices"],
      adam: ["optimizer_step"],
      sgd_momentum: ["optimizer_step"],
    })
  ) {
    assertEquals(operationsOf(opOf(name)), [name, ...others].sort());
  }
});

Deno.test("what opens a backend reaches no operation", () => {
  assertEquals(operationsOf("lib/backend/backend_io.ts", "lib/backend/browser_io.ts"), []);
});

Deno.test("what a change of CTC's kernels changes, once built, is no code of keyword spotters", () => {
  const files = KEYWORD_SPOTTERS.flatMap((module) => Object.keys(code.manifest(module).files));
  assertEquals(
    files.filter((file) => file.startsWith("lib/kernels/ctc_loss/") || file.endsWith(".wasm")),
    [],
  );
  assertEquals(files.includes("lib/kernels/linear/compiled.ts"), true);
  const recognizer = Object.keys(code.manifest(opOf("ctc_loss")).files);
  assertEquals(recognizer.includes("lib/kernels/ctc_loss/compiled.ts"), true);
});

Deno.test("the linear model reaches no kernels of BC-ResNet", () => {
  const [linear, resnet] = ["linear", "bc_resnet"].map((name) => operationsOf(headOf(name)));
  const own = ["block", "broadcasted_block", "input_conv", "last_conv", "transition_block"];
  assertEquals(own.filter((name) => !resnet!.includes(name)), []);
  assertEquals(own.filter((name) => linear!.includes(name)), []);
});

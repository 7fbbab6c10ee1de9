/** Front-ends and compressions from conf/: what they come to, what is refused. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { UserError } from "../../../lib/base/errors.ts";
import { makeFrontend } from "../../../lib/frontends/front_end.ts";
import { frontendContext } from "../../../pipeline/config/check.ts";
import { openConf } from "../../../pipeline/config/conf_io.ts";
import { parseOverride } from "../../../pipeline/config/override.ts";
import { expandSweep } from "../../../pipeline/config/sweep.ts";

const conf = openConf(fromFileUrl(new URL("../../../conf", import.meta.url)));
const expand = (...texts: string[]) => expandSweep(conf, "kws", texts.map(parseOverride));

/** The only point's front-end, as slices have it. */
async function frontendOf(...texts: string[]) {
  const { config, kinds } = (await expand(...texts)).points[0]!;
  return await makeFrontend(config.frontend, frontendContext(config, kinds));
}

Deno.test("frontend=nnaudio is power, Slaney's filters, a log and batch norm", async () => {
  const { trained, steps, sample_rate } = await frontendOf("setting=D");
  assertEquals([trained, sample_rate], [["stft", "mel"], 16000]);
  assertEquals(steps.map(({ step, trained }) => [step, trained]), [
    ["stft", true],
    ["mel", true],
    ["log", false],
    ["batch_norm", false],
  ]);
  assertEquals(steps[2], { step: "log", trained: false, offset: 1e-10 });
});

Deno.test("frontend=fastaudio starts from magnitudes, in decibels by clip and limits that scale", async () => {
  const { trained, steps } = await frontendOf("frontend=fastaudio", "setting=B");
  assertEquals(trained, ["mel"]);
  assertEquals(steps.map(({ step }) => step), ["stft", "magnitude", "bands", "decibels", "batch_norm"]);
  const [, , bands, decibels] = steps;
  assertEquals([bands!["limits"], bands!.trained], ["scaled", true]);
  assertEquals([decibels!["compat"], decibels!["top_db"]], [{ top_db: "clip" }, 80]);
});

Deno.test("a front-end takes the compression that its file prefers, unless another is asked for", async () => {
  const compressions = async (...texts: string[]) =>
    (await expand(...texts)).points.map(({ config }) => config.compression.kind);
  assertEquals(await compressions("frontend=nnaudio,fastaudio"), ["log", "decibels"]);
  assertEquals(await compressions("frontend=fastaudio", "compression=log"), ["log"]);
  assertEquals(await compressions("compression=decibels", "frontend=nnaudio"), ["decibels"]);
  const { steps } = await frontendOf("compression=decibels", "compression.compat.top_db=batch");
  assertEquals(steps.map(({ step }) => step), ["stft", "mel", "decibels", "batch_norm"]);
  assertEquals(steps[2]!["compat"], { top_db: "batch" });
});

Deno.test("values of the compression that a front-end prefers can be typed", async () => {
  const { composed, config } = (await expand("frontend=fastaudio", "compression.top_db=60")).points[0]!;
  assertEquals([config.compression.kind, config.compression["top_db"]], ["decibels", 60]);
  assertEquals(composed.origins.get("compression.kind"), "conf/compression/decibels.yaml:2");
});

const REFUSED: readonly (readonly [readonly string[], string])[] = [
  [["frontend.filter=rectangular", "setting=B"], "centres and widths have no gradient"],
  [["frontend.filter=rectangular", "setting=D"], "wanted triangular or gaussian"],
  [["frontend.power_epsilon=0", "setting=C"], "whose slope is infinite at 0"],
  [["frontend.mask={start: 5, end: 5}"], "wanted start < end <= 241"],
  [["frontend.mask={start: 5, end: 242}"], "found 5 and 242"],
  [["frontend.mask={start: 5, end: 9, ende: 1}"], 'Did you mean "end"'],
  [["frontend.random_mel=true"], "unknown key frontend.random_mel"],
  [["compression.offset=1"], "unknown key compression.offset"],
  [["compression.compat.top_db=file"], 'compression.compat.top_db: wanted one of clip, batch, found "file"'],
  [
    ["compression=lgo"],
    'conf/compression/ has no lgo.yaml, only decibels, layer_norm, log, log_floor, log_small, log_tbn, pcen, pcen_leaf. Did you mean "log"?',
  ],
  [
    ["compression.kind=loud"],
    'compression.kind: wanted one of the known kinds: log, log_floor, log_tbn, decibels, pcen, layer_norm, found "loud"',
  ],
  [["compression=pcen"], "pcen is for energies, but frontend.power=1 gives magnitudes"],
  [["trainer.freeze_model=true"], "trainer.freeze_model: wanted init_from beside it"],
  [
    ["trainer.freeze_model=true", "init_from=/a.safetensors", "setting=A"],
    "trainer.freeze_model: wanted frontend.trained beside it",
  ],
];

for (const [overrides, sentence] of REFUSED) {
  Deno.test(`frontend=fastaudio ${overrides.join(" ")} is refused with the reason`, async () => {
    const error = await assertRejects(() => expand("frontend=fastaudio", ...overrides), UserError, sentence);
    assertEquals(error.reason, "bad-config");
  });
}

Deno.test("logarithms and powers behind values that may be negative are refused with both settings", async () => {
  for (const compression of ["log", "log_tbn", "pcen"]) {
    const gaussian = ["frontend=sincnet_plus", `compression=${compression}`, "setting=D"];
    const { message } = await assertRejects(() => expand(...gaussian, "frontend.floor=null"), UserError);
    assertStringIncludes(
      message,
      `compression.kind: ${compression} is NaN below zero, where frontend.floor=null and frontend.rectifier=leaky may ` +
        `take values; wanted a floor of 0 or more, or another compression.`,
    );
    for (const mended of ["frontend.floor=0", "frontend.rectifier=absolute"]) {
      assertEquals((await expand(...gaussian, "frontend.floor=null", mended)).points.length, 1);
    }
  }
  await assertRejects(
    () => expand("frontend=sincnet", "compression=log", "frontend.floor=null"),
    UserError,
    "log is NaN below zero",
  );
  assertEquals((await expand("frontend=sincnet", "frontend.floor=null")).points.length, 1);
  assertEquals(
    (await expand("frontend=sincnet", "compression=decibels", "frontend.floor=null")).points.length,
    1,
  );
  const banks = ["frontend=tdfbanks", "frontend.floor=null"];
  await assertRejects(
    () => expand(...banks, "setting=B"),
    UserError,
    "where frontend.floor=null may take values",
  );
  assertEquals((await expand(...banks, "setting=C")).points.length, 1);
});

Deno.test("a magnitude that reaches 0 is refused where the STFT is trained, whatever the filters are", async () => {
  const typed = ["frontend=nnaudio", "frontend.power=1", "frontend.power_epsilon=0"];
  await assertRejects(() => expand(...typed, "setting=C"), UserError, "whose slope is infinite at 0");
  assertEquals((await expand(...typed, "setting=B")).points.length, 1);
});

Deno.test("frontend.filter=rectangular is allowed where filters are fixed", async () => {
  const { points } = await expand("frontend=fastaudio", "frontend.filter=rectangular", "setting=A,C");
  assertEquals(points.length, 2);
});

/** Front-ends from conf/frontend: what is refused, what runs are called, what tasks share. */
import { assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { UserError } from "../../lib/base/errors.ts";
import type { FastAudioSpec } from "../../lib/frontends/spec.ts";
import { openConf } from "../../pipeline/config/conf_io.ts";
import { parseOverride } from "../../pipeline/config/override.ts";
import { expandSweep } from "../../pipeline/config/sweep.ts";
import { frontendSpec } from "../../pipeline/frontend_spec.ts";
import { runGraph } from "../../pipeline/graph.ts";

const conf = openConf(fromFileUrl(new URL("../../conf", import.meta.url)));
const expand = (...texts: string[]) => expandSweep(conf, "kws", texts.map(parseOverride));
const graphOf = (...texts: string[]) =>
  runGraph(expand(...texts), {
    autoBackend: "wasm",
    title: "",
    name: "kws",
    resolvePath: (path) => path,
    downloads: { sources: () => ({}), byHand: "/raw" },
  });

Deno.test("frontend=fastaudio starts from magnitudes, top_db by clip and limits that scale", () => {
  const spec = frontendSpec(expand("frontend=fastaudio", "setting=B").points[0]!.config) as FastAudioSpec;
  assertEquals([spec.kind, spec.power, spec.limits, spec.decibels.loudestOf], [
    "fastaudio",
    1,
    "scaled",
    "clip",
  ]);
  assertEquals(spec.trainable, { stft: false, mel: true });
});

for (
  const [overrides, sentence] of [
    [["frontend.filter=rectangular", "setting=B"], "centres and widths have no gradient"],
    [["frontend.filter=rectangular", "setting=D"], "wanted triangular or gaussian, or setting=A or C"],
    [["frontend.power_epsilon=0", "setting=C"], "whose slope is infinite at 0"],
    [["frontend.mask={start: 5, end: 5}"], "wanted start < end <= 241"],
    [["frontend.mask={start: 5, end: 242}"], "found 5 and 242"],
    [["frontend.mask={start: 5, end: 9, ende: 1}"], 'Did you mean "end"'],
    [["frontend.random_mel=true"], "unknown key frontend.random_mel"],
  ] as const
) {
  Deno.test(`frontend=fastaudio ${overrides.join(" ")} is refused with the reason`, () => {
    const error = assertThrows(() => expand("frontend=fastaudio", ...overrides), UserError, sentence);
    assertEquals(error.reason, "bad-config");
  });
}

Deno.test("a magnitude that reaches 0 is refused where the STFT is trained, whatever the filters are", () => {
  const typed = ["frontend=nnaudio", "frontend.power=1", "frontend.power_epsilon=0"];
  assertThrows(() => expand(...typed, "setting=C"), UserError, "whose slope is infinite at 0");
  assertEquals(expand(...typed, "setting=B").points.length, 1);
});

Deno.test("frontend.filter=rectangular is allowed where filters are fixed", () => {
  assertEquals(expand("frontend=fastaudio", "frontend.filter=rectangular", "setting=A,C").points.length, 2);
});

Deno.test("runs are named and described by front-end, mask and random Mel filters", () => {
  const { runs } = graphOf(
    "frontend=nnaudio",
    "setting=A",
    "frontend.mask=null,{start: 10, end: 20}",
    "frontend.random_mel=false,true",
  );
  assertEquals(Object.fromEntries(runs.map(({ description }) => [description.run, description.other])), {
    "linear-nnaudio-A-mel40-seed0": {},
    "linear-nnaudio-random-A-mel40-seed0": { "frontend.random_mel": true },
    "linear-nnaudio-mask10-20-A-mel40-seed0": { "frontend.mask": "10-20" },
    "linear-nnaudio-mask10-20-random-A-mel40-seed0": {
      "frontend.mask": "10-20",
      "frontend.random_mel": true,
    },
  });
  assertEquals(graphOf("frontend=fastaudio").runs[0]!.description.frontend, "fastaudio");
});

Deno.test("runs of two seeds share features, but not those of random Mel filters that are fixed", () => {
  const features = (...texts: string[]) =>
    graphOf("seed=0,1", ...texts).graph.tasks.filter((task) => task.stage === "features").length;
  assertEquals(features("setting=A"), 1);
  assertEquals(features("setting=A", "frontend.random_mel=true"), 2);
  assertEquals(features("setting=B", "frontend.random_mel=true"), 1);
});

/** Lists of transforms as a whole: bands, pairs, and what is refused. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { stretches } from "../../../lib/augment/transforms/bands/masks.ts";
import { lookedUp } from "../../../lib/augment/transforms/bands/warp.ts";
import { type Config, kind } from "../../../lib/augment/transforms/kind.ts";
import { drawnShare } from "../../../lib/augment/transforms/mix.ts";
import { openWork } from "../../../lib/augment/transforms/work.ts";
import { Rng } from "../../../lib/base/random.ts";
import { around, noise, tone } from "./around.ts";

const work = await openWork();
const NOTHING: Config = { kind: "transforms", waves: [], bands: { warp: null, masks: null }, mix: null };
const SPEED = { transform: "speed", p: 1, range: [0.9, 1.1] } as const;

Deno.test("masks are below their limit, anywhere on the axis, and never beyond it", () => {
  const rng = Rng.fromSeed(1);
  const found = Array.from({ length: 400 }, () => stretches(2, 3, 40, rng)).flat();
  const widths = new Set(found.map(([from, to]) => to - from));
  assertEquals([...widths].sort(), [0, 1, 2]);
  assertEquals(Math.min(...found.map(([from]) => from)), 0);
  assertEquals(Math.max(...found.map(([, to]) => to)), 40);
  for (const [from, to] of stretches(50, 20, 5, rng)) assert(from >= 0 && to <= 5);
  assertEquals(stretches(1, 1, 40, rng).map(([from, to]) => to - from), [0]);
});

Deno.test("masks of frames are as long in seconds whatever the hop, and as their recipes have them at 10 ms", () => {
  const { bands: { masks } } = parse(
    Deno.readTextFileSync(new URL("../../../conf/augment/robust.yaml", import.meta.url)),
  ) as Config;
  const widths = (framesPerSecond: number) => {
    const size = { bands: 40, frames: framesPerSecond, framesPerSecond };
    const found = Array.from(
      { length: 400 },
      (_, seed) => work.bands!({ ...NOTHING, bands: { warp: null, masks } }, size, Rng.fromSeed(seed)).frames,
    ).flat();
    return Math.max(...found.map(([from, to]) => to - from));
  };
  assertEquals([widths(100), widths(50), widths(25)], [19, 9, 4]);
});

Deno.test("augmentations of conf/ add noise behind what rings and what sets the level, as its ratio is to what is heard", () => {
  const folder = new URL("../../../conf/augment/", import.meta.url);
  for (const { name } of Deno.readDirSync(folder)) {
    const { waves = [] } = parse(Deno.readTextFileSync(new URL(name, folder))) as { waves?: Listed[] };
    const order = waves.flatMap((one) => one.of ?? [one]).map(({ transform }) => transform);
    const noise = order.indexOf("noise");
    if (noise < 0) continue;
    for (const before of ["shift", "speed", "room", "equaliser", "level"]) {
      assert(order.lastIndexOf(before) < noise, `${name}: ${order.join(", ")}`);
    }
  }
});

interface Listed {
  readonly transform: string;
  readonly of?: readonly Listed[];
}

Deno.test("a warp keeps the order of bands and both ends, and is straight up to its knee", () => {
  for (const factor of [0.8, 0.9, 1, 1.1, 1.25]) {
    const from = lookedUp(factor, 0.8, 40);
    assertEquals(from[0], 0);
    assertAlmostEquals(from[39]!, 39, 1e-5);
    for (let band = 1; band < 40; band++) {
      assert(from[band]! > from[band - 1]!, `factor ${factor}, band ${band}`);
    }
    assertAlmostEquals(from[10]!, 10 / factor, 1e-5);
  }
});

Deno.test("mixed pairs add up, and keep the first example's share at a half or more", () => {
  const rng = Rng.fromSeed(2);
  const shares = Array.from({ length: 500 }, () => drawnShare({ p: 1, alpha: 0.4 }, rng));
  assert(Math.max(...shares) <= 0.5 && Math.min(...shares) >= 0);
  const mean = shares.reduce((sum, value) => sum + value, 0) / shares.length;
  assert(mean > 0.1 && mean < 0.2, `${mean}`); // of min(x, 1 - x) under Beta(0.4, 0.4)
  const surroundings = around([noise(0.5)], tone(440));
  const [word, hiss] = [surroundings.valuesOf(0), surroundings.valuesOf(1)];
  const others = new Set<string>();
  for (let seed = 0; seed < 10; seed++) {
    const { values, labels, mixed } = work.augment(
      { ...NOTHING, mix: { p: 1, alpha: 1 } },
      { values: word, labels: ["no"] },
      surroundings,
      Rng.fromSeed(seed),
    );
    const other = mixed!.labels[0] === "yes" ? word : hiss;
    others.add(mixed!.labels[0]!);
    assertEquals(labels, ["no"]);
    values.forEach((value, i) =>
      assertAlmostEquals(value, (1 - mixed!.share) * word[i]! + mixed!.share * other[i]!, 1e-6)
    );
  }
  assertEquals(others.size, 2);
});

Deno.test("what an augmentation says that it changes decides what training reads", () => {
  assertEquals(kind.changes(NOTHING), []);
  assertEquals(kind.changes({ ...NOTHING, waves: [SPEED] }), ["waves"]);
  const masks = {
    p: 1,
    bands: { count: 1, below: 2 },
    frames: { count: 1, below_seconds: 0.02 },
    fill: "zero",
  } as const;
  assertEquals(kind.changes({ ...NOTHING, bands: { warp: null, masks } }), ["spectra"]);
  assertEquals(kind.changes({ ...NOTHING, mix: { p: 1, alpha: 1 } }), ["waves", "labels"]);
});

Deno.test("utterances are not mixed, and ranges begin with the lower bound", () => {
  const mix = { p: 1, alpha: 1 };
  assertEquals(kind.check({ ...NOTHING, mix }, { oneLabel: false }).map(({ path }) => path), [["mix"]]);
  assertEquals(kind.check({ ...NOTHING, waves: [SPEED], mix }, { oneLabel: true }), []);
  assertEquals(kind.check({ ...NOTHING, waves: [SPEED] }, { oneLabel: false }), []);
  assertEquals(
    kind.schema.safeParse({ ...NOTHING, waves: [{ ...SPEED, range: [1.1, 0.9] }] }).success,
    false,
  );
});

Deno.test("what an example became stays as it is while others are changed, and is the same whatever came before", async () => {
  const folder = new URL("../../../conf/augment/", import.meta.url);
  const config = parse(Deno.readTextFileSync(new URL("robust.yaml", folder))) as Config;
  const surroundings = around([noise(0.5), noise(0.1)], tone(440));
  const change = (by: typeof work, seed: number) =>
    by.augment(config, { values: tone(300 + seed), labels: ["no"] }, surroundings, Rng.fromSeed(seed)).values;
  const seeds = Array.from({ length: 12 }, (_, seed) => seed);
  const inTurn = seeds.map((seed) => change(work, seed));
  for (const seed of seeds) assertEquals(inTurn[seed], change(await openWork(), seed));
});

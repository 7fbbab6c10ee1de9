import { assertEquals } from "@std/assert";
import { settingColor, settingShape, settingsOf } from "../../../lib/plots/theme.ts";

const drawn = (...settings: string[]) => settings.map((setting) => ({ setting }));

interface Scale {
  readonly domain: readonly string[];
  readonly range: readonly string[];
}

Deno.test("a legend has the settings that are drawn, each with its own colour and shape in all figures", () => {
  assertEquals(settingsOf(drawn("D", "A", "D")), ["A", "D"]);
  assertEquals(settingColor(drawn("D"))["legend"], undefined);
  const all = drawn("A", "B", "C", "D");
  for (const channelOf of [settingColor, settingShape]) {
    const [few, whole] = [channelOf(drawn("D", "B")), channelOf(all)].map((channel) =>
      channel["scale"] as Scale
    );
    assertEquals(few!.domain, ["B", "D"]);
    assertEquals(few!.range, [whole!.range[1]!, whole!.range[3]!]);
  }
});

Deno.test("lists of parts come behind the settings, each with a place, a colour and a shape, however many there are", () => {
  const lists = Array.from({ length: 12 }, (_, i) => `part${i}`);
  const runs = drawn("mel+pcen", "A", ...lists, "mel+pcen");
  const names = ["A", "mel+pcen", ...lists];
  assertEquals(settingsOf(runs), names);
  const [color, shape] = [settingColor, settingShape].map((of) => of(runs)["scale"] as Scale);
  for (const scale of [color!, shape!]) {
    assertEquals([scale.domain, scale.range.length], [names, names.length]);
  }
  const looks = names.map((_, i) => `${color!.range[i]} ${shape!.range[i]}`);
  assertEquals(new Set(looks.slice(0, 13)).size, 13);
});

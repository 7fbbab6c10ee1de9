import { assertEquals } from "@std/assert";
import { bytes, count, duration, figure, roughDuration } from "../../../pipeline/report/text/wording.ts";

Deno.test("wording is as a person would write it", () => {
  assertEquals([0.0123, 9.96, 59.97, 3599.6, 7800].map(duration), [
    "12 ms",
    "10.0 s",
    "1 min 00 s",
    "1 h 00 min",
    "2 h 10 min",
  ]);
  assertEquals([3, 42, 200, 9000].map(roughDuration), [
    "a few seconds",
    "about 50 s",
    "about 4 min",
    "about 3 h",
  ]);
  assertEquals([999, 1234, 56_700_000].map(bytes), ["999 B", "1.2 kB", "57 MB"]);
  assertEquals([count(1, "task"), count(2240, "clip")], ["1 task", "2,240 clips"]);
  assertEquals([0.412345, 12345.6, 3].map(figure), ["0.4123", "12350", "3"]);
});

import { assertEquals } from "@std/assert";
import { operatingSystem, pathWithin } from "../../../lib/base/operating_system_io.ts";

Deno.test("pathWithin() joins by slashes on every system and finds what leads outside", () => {
  for (
    const [folder, path, wanted] of [
      ["/data", "/data/yes/a.wav", "yes/a.wav"],
      ["/data", "yes/./a.wav", "yes/a.wav"],
      ["/data", "/data", ""],
      ["/data", "/database/a.wav", undefined],
      ["/data", "../a.wav", undefined],
      ["/data", "/data/..a/b", "..a/b"],
    ] as const
  ) assertEquals(pathWithin(folder, path, "linux"), wanted, path);
  for (
    const [folder, path, wanted] of [
      ["D:\\data", "D:\\data\\yes\\a.wav", "yes/a.wav"],
      ["D:\\data", "d:/Data/yes/a.wav", "yes/a.wav"],
      ["D:\\data", "C:\\data\\a.wav", undefined],
      ["D:\\data", "..\\a.wav", undefined],
    ] as const
  ) assertEquals(pathWithin(folder, path, "windows"), wanted, path);
});

Deno.test("operatingSystem() is that of this machine", () => {
  assertEquals(operatingSystem(), Deno.build.os);
});

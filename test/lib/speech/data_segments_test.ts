import { assertEquals, assertThrows } from "@std/assert";
import { dataSegments } from "../../../lib/speech/data_segments.ts";

const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const MEMORY = [5, 3, 1, 0, 4];

Deno.test("dataSegments() finds where each lies, at addresses of several bytes, and so does the engine", () => {
  // Three bytes at 65, which LEB128 holds in two bytes since 65 alone would be negative, and one at 70000.
  const data = [2, 0, 0x41, 0xc1, 0x00, 0x0b, 3, 7, 8, 9, 0, 0x41, 0xf0, 0xa2, 0x04, 0x0b, 1, 5];
  const exported = [7, 5, 1, 1, 109, 2, 0];
  const binary = Uint8Array.from([...HEADER, ...MEMORY, ...exported, 11, data.length, ...data]);
  assertEquals(dataSegments(binary), [{ at: 65, length: 3 }, { at: 70000, length: 1 }]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary));
  const memory = new Uint8Array((exports["m"] as WebAssembly.Memory).buffer);
  assertEquals([...memory.subarray(65, 68), memory[70000]], [7, 8, 9, 5]);
});

Deno.test("dataSegments() refuses what it cannot place", () => {
  const passive = Uint8Array.from([...HEADER, ...MEMORY, 11, 4, 1, 1, 1, 7]);
  assertThrows(() => dataSegments(passive), RangeError, "constant addresses");
  assertThrows(() => dataSegments(Uint8Array.from([...HEADER, ...MEMORY])), RangeError, "no data section");
  assertThrows(() => dataSegments(Uint8Array.from([...HEADER, 11, 20, 1])), RangeError, "ends too early");
});

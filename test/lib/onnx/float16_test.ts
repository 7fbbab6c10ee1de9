import { assertEquals } from "@std/assert";
import { float16Bits, MOST } from "../../../lib/onnx/float16.ts";

/** What the bits of a half stand for, by its definition. */
function valueOf(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, bits >> 10 & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

Deno.test("every half is its own nearest half", () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const value = valueOf(bits);
    if (!Number.isNaN(value)) assertEquals(float16Bits(value), bits);
  }
});

Deno.test("what lies between two halves becomes the nearer one, in the middle the even one", () => {
  for (let bits = 0; bits < 0x7bff; bits++) {
    const [low, high] = [valueOf(bits), valueOf(bits + 1)];
    const middle = (low + high) / 2;
    assertEquals(float16Bits(middle), bits % 2 === 0 ? bits : bits + 1);
    assertEquals(float16Bits(low + (high - low) * 0.49), bits);
    assertEquals(float16Bits(-(low + (high - low) * 0.51)), 0x8000 | bits + 1);
  }
});

Deno.test("what is too large is infinite, and no number stays none", () => {
  assertEquals(valueOf(float16Bits(MOST)), MOST);
  assertEquals(valueOf(float16Bits(65519)), MOST);
  assertEquals(valueOf(float16Bits(65520)), Infinity);
  assertEquals(valueOf(float16Bits(-1e30)), -Infinity);
  assertEquals(Number.isNaN(valueOf(float16Bits(NaN))), true);
});

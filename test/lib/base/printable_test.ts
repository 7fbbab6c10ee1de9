import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { printable, printableValues } from "../../../lib/base/printable.ts";

for (
  const [name, raw, shown] of [
    ["an escape sequence", "a\x1b[31mb\x1b]0;title\x07", "a\\u001b[31mb\\u001b]0;title\\u0007"],
    ["a line end", "a\nb\r\nc\td\u2028e", "a\\nb\\r\\nc\\td\\u2028e"],
    ["C1 and delete", "\x9b31m\x7f\x00", "\\u009b31m\\u007f\\u0000"],
    ["direction", "\u202eevil\u2066\u200f", "\\u202eevil\\u2066\\u200f"],
    ["what is not seen", "\ufeffa\u200bb\u{e0041}", "\\ufeffa\\u200bb\\udb40\\udc41"],
    [
      "no password",
      "of (http://n:p@ss:w0rd@host:1/a@b) to ftp://t@h",
      "of (http://***@host:1/a@b) to ftp://***@h",
    ],
    ["an address with a question", "https://host?mail=a@b", "https://host?mail=a@b"],
    ["half of a pair", "\ud800", "\\ud800"],
    ["words of any language", "نه‌خیر, ça, 否, ✓ 👩‍🚀 \\n", "نه‌خیر, ça, 否, ✓ 👩‍🚀 \\n"],
  ] as const
) {
  Deno.test(`printable() shows ${name}`, () => assertEquals(printable(raw), shown));
}

Deno.test("printable() keeps what JSON says, and changes nothing twice", () => {
  fc.assert(fc.property(fc.json(), (text) => assertEquals(JSON.parse(printable(text)), JSON.parse(text))));
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const shown = printable(text);
    assertEquals(printable(shown), shown);
    assertEquals(/[\p{Cc}\p{Bidi_Control}]/u.test(shown), false);
  }));
});

Deno.test("printableValues() reaches all texts and leaves arrays of numbers alone", () => {
  const numbers = new Float32Array([1]);
  assertEquals(
    printableValues({ "a\n": ["\x1b", 1, null, { b: "\t" }], numbers }),
    { "a\\n": ["\\u001b", 1, null, { b: "\\t" }], numbers },
  );
});

import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { mapPhones, parsePhoneMap } from "../../../lib/phones/phone_map.ts";
import { FOLDED_PHONES, foldingOf, foldPhone, TIMIT_PHONES } from "../../../lib/phones/timit.ts";

Deno.test("TIMIT has 61 phones, which fold to 39", () => {
  assertEquals(TIMIT_PHONES.length, 61);
  assertEquals(new Set(TIMIT_PHONES).size, 61);
  assertEquals(TIMIT_PHONES, TIMIT_PHONES.toSorted());
  assertEquals(
    FOLDED_PHONES.join(" "),
    "aa ae ah aw ay b ch d dh dx eh er ey f g hh ih iy jh k l m n ng ow oy p r s sh sil t th uh uw v w y z",
  );
});

Deno.test("foldPhone() merges closures and silences, drops q and leaves most phones alone", () => {
  for (const phone of ["bcl", "dcl", "gcl", "pcl", "tcl", "kcl", "pau", "epi", "h#"]) {
    assertEquals(foldPhone(phone), "sil");
  }
  assertEquals(["ix", "axr", "zh", "en", "hv", "ux"].map(foldPhone), ["ih", "er", "sh", "n", "hh", "uw"]);
  assertEquals(["iy", "dx", "ch"].map(foldPhone), ["iy", "dx", "ch"]);
  assertEquals(foldPhone("q"), null);
  assertThrows(() => foldPhone("AA0"), RangeError, "none of TIMIT's 61 phones");
});

Deno.test("foldingOf() folds class indices behind a blank, and nothing where a class is no TIMIT phone", () => {
  const folding = foldingOf(["<blank>", "aa", "ao", "q", "h#"])!;
  assertEquals([...folding], [-1, 0, 0, -1, FOLDED_PHONES.indexOf("sil")]);
  assertEquals(foldingOf(["<blank>", "aa", "the"]), null);
});

Deno.test("parsePhoneMap() reads pairs, and says which line is wrong", () => {
  const map = parsePhoneMap("AA0 aa\r\n; stress is dropped\n\nAA1  aa ; as above\nSIL h#\n", "arpabet.txt");
  assertEquals([...map], [["AA0", "aa"], ["AA1", "aa"], ["SIL", "h#"]]);
  const error = assertThrows(() => parsePhoneMap("AA0 aa\nAA1", "m.txt"), UserError, "line 2 has 1 words");
  assertEquals(error.reason, "bad-file");
  assertThrows(() => parsePhoneMap("AA0 aa\nAA0 ae", "m.txt"), UserError, "line 2 maps AA0 a second time");
});

Deno.test("mapPhones() names a phone that the map lacks, where it is, and what to do", () => {
  const map = parsePhoneMap("AA0 aa\nIH1 ih", "m.txt");
  assertEquals(mapPhones(["IH1", "AA0"], map, "x", "m.txt"), ["ih", "aa"]);
  const error = assertThrows(
    () => mapPhones(["AA0", "IH2"], map, "utterance 0017 of text-phone", "m.txt"),
    UserError,
    'Cannot use utterance 0017 of text-phone: it has the phone "IH2", which m.txt does not map. Did you mean "IH1"? ' +
      'Add a line "IH2 <phone>"',
  );
  assertEquals(error.reason, "bad-dataset");
});

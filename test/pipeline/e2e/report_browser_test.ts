/** The report as its readers see it: in a browser, from disk, without a network. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { parse } from "@std/csv";
import { toFileUrl } from "@std/path";
import type { Page } from "playwright-core";
import { noBrowser, openBrowser, watchPage } from "../../support/browser.ts";
import { type Axes, writeReportInputs } from "../../support/report_inputs.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { assertDone, runStage } from "../stages/stage_process.ts";

const AXES: Axes = {
  models: ["linear", "bc_resnet"],
  frontends: ["nnaudio", "fastaudio"],
  bands: [8, 40],
  settings: ["A", "D"],
  seeds: [0, 1],
  streams: true,
};
const RUNS = 32;

const missing = noBrowser();

Deno.test({
  name: `the report works in a browser${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  ignore: missing !== undefined,
  // The browser's own processes and pipes end when it is closed, not one by one.
  sanitizeResources: false,
  sanitizeOps: false,
}, async (t) => {
  await using dir = tempDir();
  const { slice, inputs, origins } = writeReportInputs(dir.path, AXES);
  assertDone(await runStage({ stage: "report", slice, inputs, origins, folder: dir.path, packages: [] }));
  const url = toFileUrl(`${dir.path}/out/report.html`).href;
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: "light" });
    const { complaints } = watchPage(page, url);
    await page.goto(url);

    await t.step("every figure is drawn, says how to read it and has its data", async () => {
      const figures = await page.$$eval("figure", (all) =>
        all.map((figure) => ({
          reading: figure.querySelector("figcaption")!.textContent!,
          drawings: [...figure.querySelectorAll("svg")].map((svg) => {
            const { width, height } = svg.getBoundingClientRect();
            return { width, height, marks: svg.querySelectorAll("path, image, text").length };
          }),
          data: figure.querySelectorAll("a[data-csv]").length,
        })));
      assert(figures.length > 10, `only ${figures.length} figures`);
      for (const { reading, drawings, data } of figures) {
        assertMatch(reading, /^[^]{30,}\.$/);
        assertEquals(data, 1);
        assert(drawings.length > 0 && drawings.every((d) => d.width > 150 && d.height > 60 && d.marks > 10));
      }
    });

    await t.step(
      "the first screen says what was compared, what came of it and how sure that is",
      async () => {
        for (const part of ["h1", ".facts", "#figure-answer svg"]) {
          const { y, height } = (await page.locator(part).boundingBox())!;
          assert(height > 20 && y + height <= 800, `${part} ends at ${y + height}`);
        }
        assertMatch(
          await page.locator(".facts").innerText(),
          /32 runs.*settings A and D, 8 and 40 bands, seeds 0 and 1/s,
        );
      },
    );

    await t.step("drawings are charts with names, and say of which runs", async () => {
      const names = await page.$$eval(
        "figure svg",
        (all) => all.map((svg) => [svg.getAttribute("role"), svg.getAttribute("aria-label")] as const),
      );
      assert(names.every(([role, name]) => role === "graphics-document" && name!.length > 5));
      const [accuracy] = await page.locator("#figure-accuracy h4").allInnerTexts();
      assertEquals(accuracy, "linear, nnaudio, 8 and 40 bands, seeds 0 and 1");
      const legend = await page.locator("#figure-accuracy svg").first().locator(".role-legend-label text")
        .allTextContents();
      assertEquals([...new Set(legend)].sort(), ["A", "D"]);
    });

    await t.step("no table is cut off", async () => {
      const cut = await page.$$eval(
        ".scrolled",
        (all) =>
          all.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
            .map((table) => table.getAttribute("aria-label")),
      );
      assertEquals(cut, []);
    });

    await t.step("nothing of a drawing is cut off", async () => {
      const cut = await page.$$eval(".panel svg", (all) =>
        all.flatMap((svg) => {
          const frame = svg.getBoundingClientRect();
          return [...svg.querySelectorAll("text")].flatMap((text) => {
            const box = text.getBoundingClientRect();
            const out = Math.max(
              frame.left - box.left,
              box.right - frame.right,
              frame.top - box.top,
              box.bottom - frame.bottom,
            );
            return box.width > 0 && out > 2 ? [`${text.textContent} by ${out.toFixed(0)} px`] : [];
          });
        }));
      assertEquals([...new Set(cut)], []);
    });

    await t.step("a table sorts by numbers, both ways", async () => {
      const heading = page.locator("#runs th", { hasText: /^accuracy$/ }).first();
      const column = await heading.evaluate((th) => [...th.parentElement!.children].indexOf(th));
      await heading.locator("button").click();
      const up = await numbersOf(page, column);
      assertEquals(up.length, RUNS);
      assertEquals(up, up.toSorted((a, b) => a - b));
      await heading.locator("button").click();
      assertEquals(await numbersOf(page, column), up.toReversed());
      assertEquals(await heading.getAttribute("aria-sort"), "descending");
    });

    await t.step("dark is a switch away, and paper stays white", async () => {
      const background = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
      const ink = () => page.evaluate("getComputedStyle(document.querySelector('figure svg text')).fill");
      const light = [await background(), await ink()];
      await page.selectOption("#theme", "dark");
      const dark = [await background(), await ink()];
      assertNotEquals(dark[0], light[0]);
      assertNotEquals(dark[1], light[1]);
      await page.emulateMedia({ media: "print" });
      assertEquals([await background(), await ink()], light);
      await page.emulateMedia({ media: "screen", colorScheme: "dark" });
      await page.selectOption("#theme", "auto");
      assertEquals([await background(), await ink()], dark);
    });

    await t.step("errors are to be seen and heard, one at a time", async () => {
      const waves = page.locator("#heard button.play");
      assertEquals(await waves.count(), 14);
      assertEquals(
        await page.locator("#heard .clip img").evaluateAll((all) =>
          all.filter((image) => (image as unknown as { naturalWidth: number }).naturalWidth > 20).length
        ),
        13,
      );
      assertMatch(await page.locator("#clip-0").innerText(), /taken for .*\n.*%.*wrong in \d+ of 32 runs/s);
      const playing = () =>
        page.locator("#heard .playing").evaluateAll((all) => all.map((b) => b.dataset["clip"]));
      await waves.nth(0).click();
      assertEquals(await playing(), ["0"]);
      await waves.nth(1).click();
      assertEquals(await playing(), ["1"]);
      await page.locator("#heard .playing").waitFor({ state: "detached" });
    });

    await t.step("where a number comes from is one click away", async () => {
      await page.locator("#runs button.origin").first().click();
      const dialog = page.locator("#origins");
      const text = await dialog.textContent();
      assertMatch(text!, /linear-|bc_resnet-/);
      assertMatch(text!, /train\/.*evaluate\/|evaluate\/.*train\//s);
      assertMatch(text!, /a{64}.*b{64}/s);
      assertMatch(text!, /"setting": "[AD]"/);
      await dialog.locator("form button").click();
      assertEquals(await dialog.isVisible(), false);
    });

    await t.step("data are saved out of the page itself", async () => {
      const download = page.waitForEvent("download");
      await page.locator('a[data-csv="learning"]').click();
      const path = await (await download).path();
      const saved = Deno.readTextFileSync(path);
      assertEquals(saved, Deno.readTextFileSync(`${dir.path}/out/figures/learning.csv`));
      assertEquals(parse(saved, { skipFirstRow: true }).length, RUNS * 20);
    });

    await t.step("a mark says what it is when pointed at", async () => {
      await page.locator('figure [aria-roledescription="point"]').first().hover();
      assertMatch((await page.locator("#tip").textContent())!, /against A: [+\u2212]?\d/);
    });

    await t.step(
      "a telephone shows it without scrolling sideways, folded until a part is asked for",
      async () => {
        await page.setViewportSize({ width: 390, height: 800 });
        assertEquals(await page.evaluate("document.documentElement.scrollWidth"), 390);
        await page.reload();
        const height = () => page.evaluate<number>("document.documentElement.scrollHeight");
        const folded = await height();
        assert(folded < 4000, `${folded} px`);
        await page.locator('nav a[href="#scores"]').click();
        await page.locator("#figure-accuracy svg").first().waitFor({ state: "visible" });
        assert(await height() > folded + 300);
        assertEquals(await page.evaluate("document.documentElement.scrollWidth"), 390);
      },
    );

    assertEquals(complaints, []);
  } finally {
    await browser.close();
  }
});

function numbersOf(page: Page, column: number): Promise<number[]> {
  return page.$$eval(
    "#runs .scrolled:first-of-type tbody tr",
    (rows, column) => rows.map((row) => Number(row.children[column]!.getAttribute("data-value"))),
    column,
  );
}

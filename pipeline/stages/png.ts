/** Stage `png`: a report's figures as images, for where SVG is not taken. */
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { z } from "zod";
import { defineStage, type StageIo } from "../engine/stage.ts";

/** Reads input `figures` (of `report`); writes the folder `png`, an image for each SVG. */
const slice = z.strictObject({
  /** Pixels for each of the drawing's own. */
  scale: z.number().positive(),
});

export const stage = defineStage({ slice, run: (io, { scale }) => drawAll(io, scale) });

/** The same on every machine, fonts of its own or none. */
const FONT = "PT Sans";

async function drawAll(io: StageIo, scale: number): Promise<void> {
  await initWasm(await Deno.readFile(new URL(import.meta.resolve("@resvg/resvg-wasm/index_bg.wasm"))));
  const fontBuffers = [
    import.meta.resolve("@expo-google-fonts/pt-sans/400Regular/PTSans_400Regular.ttf"),
    import.meta.resolve("@expo-google-fonts/pt-sans/700Bold/PTSans_700Bold.ttf"),
  ].map((url) => Deno.readFileSync(new URL(url)));
  const from = io.input("figures");
  const to = io.output("png");
  Deno.mkdirSync(to);
  const names = [...Deno.readDirSync(from)].map(({ name }) => name).filter((name) => name.endsWith(".svg"))
    .sort();
  for (const [i, name] of names.entries()) {
    // The renderer takes the last of two spellings of one wish, and knows only this one.
    const svg = Deno.readTextFileSync(`${from}/${name}`)
      .replaceAll("image-rendering: pixelated", "image-rendering: optimizeSpeed");
    const image = new Resvg(svg, {
      fitTo: { mode: "zoom", value: scale },
      background: "white",
      font: { fontBuffers, defaultFontFamily: FONT, sansSerifFamily: FONT },
    });
    const drawn = image.render();
    Deno.writeFileSync(`${to}/${name.replace(/\.svg$/, ".png")}`, drawn.asPng());
    drawn.free();
    image.free();
    io.progress({ done: i + 1, total: names.length, unit: "images" });
  }
}

if (import.meta.main) await stage.serve();

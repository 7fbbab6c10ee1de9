/** The tasks that bring a published archive here and unpack it. */
import { fileNameOf, type Source, sourceOf } from "../../lib/download/sources.ts";
import type { InputSource } from "../engine/types.ts";
import { type GraphBuilder, output } from "./builder.ts";
import type { DownloadRoute, DownloadSlice } from "../stages/download.ts";
import type { UnpackSlice } from "../stages/unpack.ts";

export interface DownloadOptions {
  /** What `data/sources.json` says; read when it is asked for. */
  sources(): Readonly<Record<string, Source>>;
  /** Absolute path of the folder for archives that are put there by hand. */
  readonly byHand: string;
}

/** @param mirror URL of a folder with the archives under their own names; asked first. @returns The unpacked folder. */
export function archiveFolder(
  builder: GraphBuilder,
  name: string,
  mirror: string | null,
  options: DownloadOptions,
): InputSource {
  const source = sourceOf(options.sources(), name);
  const file = fileNameOf(source.url);
  const slice: DownloadSlice = { file, bytes: source.bytes, sha256: source.sha256 };
  const route = routeOf(file, source.url, mirror, options.byHand);
  const archive = builder.add({
    name: `download/${name}`,
    stage: "download",
    slice,
    inputs: {},
    outputs: [file],
    wanted: { [file]: source.sha256 },
    route,
    net: [...new Set(route.urls.map(hostOf))],
    read: route.paths,
  });
  const unpackSlice: UnpackSlice = { file, at_most: source.unpacked_at_most };
  const unpacked = builder.add({
    name: `unpack/${name}`,
    stage: "unpack",
    slice: unpackSlice,
    inputs: { archive: output(archive, file) },
    outputs: ["audio"],
  });
  return output(unpacked, "audio");
}

function routeOf(file: string, published: string, mirror: string | null, folder: string): DownloadRoute {
  const copy = `${folder}/${file}`;
  const mirrored = mirror === null ? [] : [new URL(file, mirror.endsWith("/") ? mirror : `${mirror}/`)];
  const [local, remote] = [
    mirrored.filter((url) => url.protocol === "file:"),
    mirrored.filter((url) => url.protocol !== "file:"),
  ];
  return {
    paths: [...local.map((url) => decodeURIComponent(url.pathname)), copy],
    urls: [...remote.map((url) => url.href), published],
    published,
    by_hand: copy,
  };
}

/** With its port, as permissions name it. */
function hostOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

/** How files are called that can be read. Pure. */

/** Of recordings in folders, without the point. */
const READ_ENDINGS = ["wav", "flac", "mp3", "ogg"] as const;

/** For messages: `.wav, .flac, ...`. */
export const ENDINGS_TEXT = `${READ_ENDINGS.slice(0, -1).map((ending) => `.${ending}`).join(", ")} or .${
  READ_ENDINGS.at(-1)
}`;

/** Whether a file is called like a recording that can be read. */
export function isRecording(name: string): boolean {
  return READ_ENDINGS.some((ending) => name.toLowerCase().endsWith(`.${ending}`));
}

/** A name without the endings of recordings, of which conversions leave several. */
export function withoutEnding(name: string): string {
  return name.replace(ENDINGS, "");
}

const ENDINGS = new RegExp(`(\\.(${READ_ENDINGS.join("|")}))+$`, "i");
